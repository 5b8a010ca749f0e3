package datasets

func isNPY([]byte) bool                          { return false }
func isARFF([]byte) bool                         { return false }
func isTS([]byte) bool                           { return false }
func openNPY(*source, *Options) (Reader, error)  { return nil, ErrFormat }
func openARFF(*source, *Options) (Reader, error) { return nil, ErrFormat }
func openTS(*source, *Options) (Reader, error)   { return nil, ErrFormat }
func openTSV(*source, *Options) (Reader, error)  { return nil, ErrFormat }
