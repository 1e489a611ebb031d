#if Tracing
    #if Metrics
        public import Metrics
    #endif
    public import Tracing

    /// A client for the time of one request, as in baseplate: its spans have the name of the request's context in front
    /// and the span of the request as their parent. A `RedisContextFactory` makes it, and it costs nothing to make.
    public struct MonitoredRedisConnection: RedisCommandSender {
        /// The client that sends.
        public let client: RedisClient
        /// The beginning of the names of spans.
        public let name: String
        private let context: ServiceContext?

        init(_ client: RedisClient, _ name: String, _ context: ServiceContext?) {
            self.client = client
            self.name = name
            self.context = context
        }

        /// The configuration's `commands.timeout`.
        public var commandTimeout: Duration? { client.commandTimeout }

        /// Sends a request in a span `<context>.<COMMAND>`, and returns its reply in its type.
        ///
        /// - Throws: What `RedisClient.send` throws.
        public func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) async throws(RedisError) -> Reply {
            try await inContext { client in
                await client.outcome { () async throws(RedisError) in
                    try await client.send(request, timeout: timeout)
                }
            }
        }

        /// Sends a command in a span `<context>.<COMMAND>`, and returns its reply.
        ///
        /// - Throws: What `RedisClient.send` throws.
        @discardableResult
        public func executeCommand(_ command: RedisCommand) async throws(RedisError) -> RESPValue {
            try await inContext { client in
                await client.outcome { () async throws(RedisError) in try await client.send(command) }
            }
        }

        /// Sends several commands in one span `<context>.pipeline_<name>`.
        ///
        /// - Parameters:
        ///   - name: Behind `pipeline_` in the name of the span.
        ///   - transaction: Whether they go between MULTI and EXEC.
        ///   - fill: Appends the commands.
        /// - Returns: The outcome of each command.
        /// - Throws: What `RedisClient.pipeline` throws.
        @discardableResult
        public func pipeline(
            _ name: String,
            transaction: Bool = true,
            _ fill: (inout RedisBatch) -> Void
        ) async throws(RedisError) -> RedisBatchResults {
            var batch = RedisBatch()
            fill(&batch)
            let filled = batch
            return try await inContext { client in
                await client.outcome { () async throws(RedisError) in
                    try await client.pipeline(named: name, atomically: transaction) { $0 = filled }
                }
            }
        }

        /// Runs a body with the context of the request, for what has no method here: exclusive links, transactions that
        /// watch keys.
        ///
        /// - Parameter body: Gets the client.
        /// - Returns: What `body` returns.
        /// - Throws: What `body` throws.
        public func withClient<Value: Sendable>(
            _ body: @Sendable (RedisClient) async throws -> Value
        ) async throws -> Value {
            try await RedisTracing.$contextName.withValue(name) {
                try await ServiceContext.$current.withValue(context ?? .current) { try await body(client) }
            }
        }

        private func inContext<Value: Sendable>(
            _ body: @Sendable (RedisClient) async -> Result<Value, RedisError>
        ) async throws(RedisError) -> Value {
            let result = await RedisTracing.$contextName.withValue(name) {
                await ServiceContext.$current.withValue(context ?? .current) { await body(client) }
            }
            return try result.get()
        }
    }

    extension RedisClient {
        /// What a throwing body comes to.
        fileprivate func outcome<Value>(
            _ body: () async throws(RedisError) -> Value
        ) async -> Result<Value, RedisError> {
            do throws(RedisError) { return .success(try await body()) } catch { return .failure(error) }
        }
    }

    /// Makes a `MonitoredRedisConnection` for each request, as in baseplate. All of them share one client.
    public struct RedisContextFactory: Sendable {
        /// The client of all connections.
        public let client: RedisClient
        private let report: (@Sendable () -> Void)?

        /// A factory for a client that has its observers already.
        public init(_ client: RedisClient) {
            self.client = client
            report = nil
        }

        /// Makes the connection of a request.
        ///
        /// - Parameters:
        ///   - name: The beginning of the names of spans, such as `redis`.
        ///   - span: The span of the request; by default the current one of the task that sends.
        /// - Returns: The connection.
        public func make(forContext name: String, span: (any Span)? = nil) -> MonitoredRedisConnection {
            MonitoredRedisConnection(client, name, span?.context)
        }

        #if Metrics
            /// A factory with a client of its own, whose metrics and spans have baseplate's names.
            ///
            /// - Parameters:
            ///   - configuration: How the server is reached. Its observers are replaced.
            ///   - clientName: The label `redis_client_name`, and `redis_pool`; by default the configuration's
            ///     `clientName`, or `redis`.
            ///   - system: What the server is called.
            ///   - factory: Where metrics go; by default to the one that the program has chosen.
            ///   - tracer: Where spans go; by default to the one that the program has chosen.
            ///   - loop: The loop of the connections; `nil` means the shared one.
            /// - Throws: What `RedisClient.init` throws.
            public init(
                _ configuration: RedisConfiguration,
                clientName: String? = nil,
                system: RedisSystemName = .redis,
                factory: (any MetricsFactory)? = nil,
                tracer: (any Tracer)? = nil,
                loop: RedisEventLoop? = nil
            ) throws(RedisError) {
                let metrics = RedisMetrics(
                    for: configuration,
                    naming: .baseplate,
                    system: system,
                    clientName: clientName,
                    factory: factory
                )
                let tracing = RedisTracing(for: configuration, naming: .baseplate, system: system, tracer: tracer)
                var configuration = configuration
                configuration.commandObserver = RedisCommandObservers(metrics, tracing)
                let client = try RedisClient(configuration, loop: loop)
                self.client = client
                report = { metrics.poolChanged(client.poolState) }
            }

            /// Records the gauges of the pool again. They are recorded with each change anyway; this is for backends
            /// that forget gauges which are not repeated.
            public func reportRuntimeMetrics() { report?() }
        #endif
    }

    extension RedisClient {
        fileprivate var poolState: RedisPoolState {
            let statistics = poolStatistics
            return RedisPoolState(
                lent: statistics.lent,
                idle: statistics.idle,
                waiting: statistics.waiting,
                maximum: configuration.commands.pool.maximum
            )
        }
    }
#endif
