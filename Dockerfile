# The product without its development tools. TypeScript runs as it is: there is no build.
FROM node:24-bookworm-slim

# Small processes (src/platform/lean-process.ts).
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /srv/hutong

COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts=false --no-audit --no-fund && npm cache clean --force

COPY src ./src
COPY views ./views
COPY locales ./locales
COPY agreements ./agreements
COPY assets ./assets
COPY deploy/hutong /usr/local/bin/hutong

RUN install -d -o node -g node /var/lib/hutong
USER node
EXPOSE 8100 8109
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8109/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=20", "src/main.ts"]
