# The static binary and nothing else:
#   docker build -t wavekin . && docker run --rm --user "$(id -u)" -v "$PWD:/data" -w /data wavekin score --normal quiet.csv today.csv
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /out/wavekin ./cmd/wavekin && mkdir -m 1777 /out/tmp

FROM scratch
COPY --from=build /out/ /
# Zones for --time-zone.
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
ENV ZONEINFO=/zoneinfo.zip
USER 65532:65532
ENTRYPOINT ["/wavekin"]
