#if Tracing
    internal import RedisReactor
    public import Tracing

    /// A span for each command, batch and transaction of a client, by swift-distributed-tracing.
    /// <doc:/RedisEvents/Instrumenting> lists names and attributes.
    ///
    /// ```swift
    /// var configuration = try RedisConfiguration(url: "redis://localhost:6379")
    /// configuration.commandObserver = RedisTracing(for: configuration)
    /// let client = try RedisClient(configuration)
    /// ```
    ///
    /// The parent of a span is the current one of the caller's task. A span never contains a value, nor the text of a
    /// server's error, which may repeat values. Where the tracer records nothing, no attribute is made.
    public struct RedisTracing: RedisCommandObserver {
        /// What a span says of the keys of a command.
        public enum Keys: Sendable, Hashable {
            /// Nothing.
            case omitted
            /// The SHA-1 of each. The same key can be recognised, and whoever guesses a key can prove it.
            case hashed
            /// Each key, escaped for display and cut at 255 bytes.
            case shown
        }

        private let naming: RedisNaming
        private let system: RedisSystemName
        private let keys: Keys
        private let tracer: (any Tracer)?
        private let server: RedisEndpoint?

        /// The beginning of the names of baseplate's spans for what this task does (`RedisContextFactory`).
        @TaskLocal package static var contextName: String?

        /// Spans for a client with this configuration.
        ///
        /// - Parameters:
        ///   - configuration: Gives the attributes of the server.
        ///   - naming: By whose conventions spans are named.
        ///   - system: What the server is called.
        ///   - keys: What spans say of the keys of a command.
        ///   - tracer: Where spans go; by default to the one that the program has chosen
        ///     (`InstrumentationSystem.tracer`, read for each span).
        public init(
            for configuration: RedisConfiguration,
            naming: RedisNaming = .openTelemetry,
            system: RedisSystemName = .redis,
            keys: Keys = .omitted,
            tracer: (any Tracer)? = nil
        ) {
            self.naming = naming
            self.system = system
            self.keys = keys
            self.tracer = tracer
            server = configuration.cluster == nil && configuration.sentinel == nil ? configuration.endpoint : nil
        }

        private struct Token: Sendable {
            let span: any Span
        }

        /// Whether spans have keys.
        public var wantsKeys: Bool { keys != .omitted }

        /// Starts a span.
        public func operationBegan(_ operation: RedisOperation) -> (any Sendable)? {
            let tracer = tracer ?? InstrumentationSystem.tracer
            let span = tracer.startAnySpan(name(of: operation), ofKind: .client)
            guard span.isRecording else {
                span.end()
                return nil
            }
            span.updateAttributes { attributes in
                attributes["db.system.name"] = system.rawValue
                attributes["db.operation.name"] = operation.name
                attributes["db.namespace"] = "\(operation.database)"
                if operation.kind != .command, operation.commandCount != 1 {
                    attributes["db.operation.batch.size"] = operation.commandCount
                }
                if let name = operation.pipelineName { attributes["redis.client.pipeline.name"] = name }
                if operation.isBlocking { attributes["redis.client.operation.blocking"] = true }
                if let server { set(server, "server", &attributes) }
                switch keys {
                case .omitted: break
                case .hashed: attributes["redis.client.keys"] = operation.keys.map { ScriptDigest.of($0.shown()) }
                case .shown: attributes["redis.client.keys"] = operation.keys.map { $0.shown() }
                }
            }
            return Token(span: span)
        }

        /// Ends the span.
        public func operationEnded(
            _ operation: RedisOperation,
            _ outcome: RedisOperationOutcome,
            token: (any Sendable)?
        ) {
            guard let span = (token as? Token)?.span else { return }
            span.updateAttributes { attributes in
                if let node = outcome.node { set(node, "network.peer", &attributes) }
                if let status = outcome.statusCode { attributes["db.response.status_code"] = status }
                if outcome.attempts > 1 { attributes["redis.client.operation.retry_attempts"] = outcome.attempts - 1 }
                if let time = outcome.queueTime { attributes["redis.client.operation.queue_time"] = time / .seconds(1) }
                if let time = outcome.wireTime { attributes["redis.client.operation.wire_time"] = time / .seconds(1) }
                guard let type = outcome.errorType else { return }
                attributes["error.type"] = type
                attributes["redis.client.operation.execution"] = outcome.error?.execution.rawValue
                guard operation.kind != .command else { return }
                attributes["redis.client.batch.error_count"] = outcome.errorCount
                if let index = outcome.failedIndex { attributes["redis.client.batch.failed_index"] = index }
            }
            if let type = outcome.errorType {
                span.setStatus(SpanStatus(code: .error))
                span.recordError(RedisSpanError(type: type))
            }
            span.end()
        }

        /// Starts a span.
        public func toolkitBegan(_ operation: RedisToolkitOperation) -> (any Sendable)? {
            let tracer = tracer ?? InstrumentationSystem.tracer
            let name =
                naming == .baseplate
                ? "\(Self.contextName ?? "redis").\(operation.subject)_\(operation.verb)" : operation.label
            let span = tracer.startAnySpan(name, ofKind: .internal)
            guard span.isRecording else {
                span.end()
                return nil
            }
            span.updateAttributes { attributes in
                attributes["db.system.name"] = system.rawValue
                attributes["redis.toolkit.operation"] = operation.label
                switch (keys, operation.name) {
                case (.hashed, let name?): attributes["redis.toolkit.name"] = ScriptDigest.of(name.shown())
                case (.shown, let name?): attributes["redis.toolkit.name"] = name.shown()
                case (.omitted, _), (_, nil): break
                }
            }
            return Token(span: span)
        }

        /// Ends the span.
        public func toolkitEnded(
            _ operation: RedisToolkitOperation,
            _ outcome: RedisToolkitOutcome,
            token: (any Sendable)?
        ) {
            guard let span = (token as? Token)?.span else { return }
            span.updateAttributes { attributes in
                attributes["redis.toolkit.result"] = outcome.result
                if outcome.error != nil { attributes["error.type"] = outcome.result }
            }
            if outcome.error != nil {
                span.setStatus(SpanStatus(code: .error))
                span.recordError(RedisSpanError(type: outcome.result))
            }
            span.end()
        }

        private func name(of operation: RedisOperation) -> String {
            guard naming == .baseplate else { return operation.name }
            let context = Self.contextName ?? "redis"
            guard operation.kind != .command else { return "\(context).\(operation.firstWord)" }
            return operation.pipelineName.map { "\(context).pipeline_\($0)" } ?? "\(context).pipeline"
        }

        private func set(_ endpoint: RedisEndpoint, _ prefix: String, _ attributes: inout SpanAttributes) {
            switch endpoint {
            case .tcp(let host, let port):
                attributes["\(prefix).address"] = host
                if port != 6379 || prefix != "server" { attributes["\(prefix).port"] = Int(port) }
            case .unix(let path): attributes["\(prefix).address"] = path
            }
        }
    }

    /// The error of a span: its kind, without the server's words, which may repeat values.
    public struct RedisSpanError: Error, Sendable, Hashable, CustomStringConvertible {
        /// What `RedisOperationOutcome.errorType` was.
        public let type: String

        /// The type.
        public var description: String { type }
    }
#endif
