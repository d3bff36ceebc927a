FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN make build VERSION=$VERSION && install -d -m 0700 /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/bin/deskbell /deskbell
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
# There is no /tmp here: what the database sorts outside memory goes where the data is.
ENV DESKBELL_ADDR=:8080 DESKBELL_DATA_DIR=/data SQLITE_TMPDIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["/deskbell", "healthcheck"]
ENTRYPOINT ["/deskbell"]
CMD ["serve"]
