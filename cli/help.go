package cli

// What `wavekin COMMAND --help` shows below the first line: an example that can be typed as it is.

// Help shows examples.
func (*demoCmd) Help() string {
	return `Examples:

    wavekin demo --out ecg-demo
    wavekin demo images --out digits-demo`
}

// Help shows examples.
func (*drawCmd) Help() string {
	return `Examples:

    wavekin draw series --data synthetic:24 --out synthetic.png
    wavekin draw map --model model.safetensors --data cifar10:DIR --out map.png
    wavekin draw neighbours --model model.safetensors --data images:photos#test --bank images:photos#train --out near.png
    wavekin draw attention --model dino.safetensors --data cifar10:DIR --count 6 --out attention.png`
}

// Help shows examples.
func (*pretrainCmd) Help() string {
	return `Examples:

    wavekin pretrain --data quiet.csv --window 256 --out model.safetensors
    wavekin pretrain --data runs/*.csv.zst --window 256 --augment 'jitter(0.1)|crop(0.5,1)' --checkpoint ck --out model.safetensors
    wavekin pretrain -c run.toml --checkpoint ck --resume
    wavekin pretrain --data quiet.csv --encoder builtin --out further.safetensors
    wavekin pretrain --data cifar10:DIR --method byol --epochs 20 --out model.safetensors`
}

// Help shows examples.
func (*embedCmd) Help() string {
	return `Examples:

    wavekin embed --out codes.arrow today.csv
    wavekin embed --model model.safetensors --out codes.arrow today.csv
    wavekin embed --model model.safetensors --out codes/ lake
    wavekin embed --model model.safetensors --precision bf16 --out codes/ lake
    wavekin embed --model model.safetensors --out codes/ --errors bad.jsonl --metrics embed.prom --log json lake
    wavekin embed --model model.safetensors --follow --out codes/ incoming
    wavekin embed --model model.safetensors --out codes.arrow images:photos`
}

// Help shows examples.
func (*scoreCmd) Help() string {
	return `Examples:

    wavekin score --normal quiet.csv today.csv
    wavekin score --normal quiet.csv --alarm-rate 1/day --report report.html today.csv
    wavekin score --normal quiet.csv --series pump --verdicts pumps.csv --fdr 0.05 today.csv
    wavekin score --model model.safetensors --normal quiet.csv --out scores.csv today.csv
    wavekin score --model model.safetensors --normal quiet.csv --per-point --out scores.csv --plot scores.png today.csv
    wavekin score --model cpc.safetensors --score prediction --horizons --normal quiet.csv --per-point --out scores.csv today.csv
    wavekin score --model model.safetensors --reference normal.safetensors --out scores.csv today.csv
    wavekin score --model model.safetensors --reference normal.safetensors --out scores/ --plan 'lake/day=2026-11-*'
    wavekin score --reference normal.safetensors --out scores/ --errors bad.jsonl --metrics score.prom --log json lake
    wavekin score --reference normal.safetensors --out scores/ --memory 512MB lake
    wavekin score --reference normal.safetensors --follow --out scores/ --metrics score.prom incoming
    readings | wavekin score --reference normal.safetensors --follow --out - - | alarms
    wavekin score --reference normal.safetensors --follow --out tcp://127.0.0.1:9000 tcp://127.0.0.1:9000`
}

// Help shows examples.
func (*referenceCmd) Help() string {
	return `Examples:

    wavekin reference --normal quiet.csv --out normal.safetensors
    wavekin score --reference normal.safetensors today.csv
    wavekin reference --model model.safetensors --out normal.safetensors quiet.csv
    wavekin score --model model.safetensors --reference normal.safetensors --out scores.csv today.csv
    wavekin reference --model model.safetensors --update normal.safetensors --out normal.safetensors new.csv`
}

// Help shows examples.
func (*evaluateCmd) Help() string {
	return `Examples:

    wavekin evaluate --task classify --train A_TRAIN.tsv --test A_TEST.tsv --probe ridge
    wavekin evaluate --task classify --model model.safetensors --train A_TRAIN.tsv --test A_TEST.tsv --probe knn
    wavekin evaluate --task classify --model model.safetensors --train cifar10:DIR --test cifar10:DIR --probe sgd
    wavekin evaluate --task anomaly --scores scores.csv --labels today.csv --label anomaly`
}

// Help shows examples.
func (*finetuneCmd) Help() string {
	return `Examples:

    wavekin finetune --model m.safetensors --train A_TRAIN.tsv --labels 0.1 --out tuned.safetensors --test A_TEST.tsv
    wavekin finetune --model m.safetensors --train A_TRAIN.tsv --from-layer 0 --out tuned.safetensors`
}

// Help shows examples.
func (*distillCmd) Help() string {
	return `Example:

    wavekin distill --teacher tuned.safetensors --data A_TRAIN.tsv --encoder conv --out small.safetensors --test A_TEST.tsv`
}

// Help shows examples.
func (*benchCmd) Help() string {
	return `Examples:

    wavekin bench classify --data UCR --methods simclr,byol --encoders conv,transformer --seconds 10 --out bench
    wavekin bench classify --data UCR --sets GunPoint,CBF --methods 'simclr(temperature=0.1)' --encoders 'conv(depth=4)'
    wavekin bench anomaly --data NAB --sets realKnownCause --methods simclr
    wavekin bench images --data fashion-mnist:DIR --configs configs/fashion-mnist --limit 10000 --out bench
    wavekin bench speed --encoders 'conv(depth=6),transformer' --window 256 --batch 32`
}

// Help shows examples.
func (*exportCmd) Help() string {
	return `The file holds centring, scaling, filling of gaps and the network: raw values [N, channels, T], NaN for gaps, become the encodings that embed writes.

Examples:

    wavekin export model.safetensors --out model.onnx
    wavekin export builtin --window 256 --channels 3 --out builtin.onnx`
}

// Help shows examples.
func (*convertCmd) Help() string {
	return `Example:

    wavekin convert readings.csv.zst readings.arrow`
}

// Help shows examples.
func (*listCmd) Help() string {
	return `Example:

    wavekin list augmentations`
}

// Help shows examples.
func (*infoCmd) Help() string {
	return `Examples:

    wavekin info model.safetensors
    wavekin info readings.arrow`
}
