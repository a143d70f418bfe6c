# The suite, installed and built, for a CI server: keyferry-conformance is on the PATH. Build it from the root of the repository:
# docker build --file docker/conformance.Dockerfile --tag keyferry-conformance .
FROM node:20-bookworm
WORKDIR /keyferry
COPY . .
RUN ./scripts/setup.sh
ENV PATH=/keyferry/node_modules/.bin:$PATH
CMD ["keyferry-conformance", "--help"]
