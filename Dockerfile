# One image for every program of ours; the command says which one runs. Its configuration is the environment alone.
ARG NODE_IMAGE=node:24.21.0-trixie-slim

# What the programs need to run: no development tools, no compiler, no second Node.
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# The workflow code, bundled once so that every worker of a release runs the same. The bundler's compiler is optional.
FROM ${NODE_IMAGE} AS bundle
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --include=optional --ignore-scripts
COPY domain ./domain
COPY workflows ./workflows
COPY activities ./activities
COPY deploy/bundle.ts ./deploy/bundle.ts
RUN node deploy/bundle.ts workflow-bundle.cjs

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    TZ=UTC \
    RINNOVO_WORKFLOW_BUNDLE=/app/workflow-bundle.cjs
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=bundle /app/workflow-bundle.cjs ./
COPY package.json catalogue.json instructions.json seller.json ./
COPY config ./config
COPY domain ./domain
COPY workflows ./workflows
COPY activities ./activities
COPY db ./db
COPY api ./api
COPY documents ./documents
COPY bank ./bank
COPY web ./web
COPY deploy/health ./deploy/health
# A volume takes its first owner from what it is mounted over.
RUN mkdir -p /var/lib/rinnovo/invoices && chown node:node /var/lib/rinnovo/invoices
USER node
EXPOSE 3000
# Node itself is the first process, so that SIGTERM reaches the program, which drains and ends.
CMD ["node", "api/server.ts"]
