#if Metrics
    public import Metrics
    internal import RedisPOSIX

    /// Metrics of a client, or of objects for events, by swift-metrics. <doc:/RedisEvents/Instrumenting>
    /// lists them.
    ///
    /// ```swift
    /// var configuration = try RedisConfiguration(url: "redis://localhost:6379")
    /// let metrics = RedisMetrics(for: configuration)
    /// configuration.commandObserver = metrics
    /// configuration.eventsObserver = metrics
    /// let client = try RedisClient(configuration)
    /// ```
    ///
    /// One object belongs to one client, because gauges of several would overwrite one another. Labels come from closed
    /// sets: known commands, known error words, the configuration. A label never contains a key or a value.
    public final class RedisMetrics: RedisCommandObserver, RedisEventsObserver {
        /// The handles of one command and outcome.
        private struct Key: Hashable, Sendable {
            var name: String
            var errorType: String?
            var statusCode: String?
            var isBlocking: Bool
            var isSeveral: Bool
        }

        private struct Handles: Sendable {
            var duration: Timer
            var queueTime: Timer?
            var requests: Counter?
            var retries: Counter?
            var batchSize: Recorder?
        }

        /// The handle of one operation of RedisToolkit and result.
        private struct ToolkitKey: Hashable, Sendable {
            var label: String
            var result: String
        }

        private struct StreamHandles: Sendable {
            var messages: Counter
            var bytes: Counter
            var queuedEvents: Gauge
            var queuedBytes: Gauge
            var drops: Counter
            var reconnects: Counter
            var delivery: Timer
        }

        private struct Cache: Sendable {
            var operations: [Key: Handles] = [:]
            var active: [Substring: Meter] = [:]
            var streams: [RedisEventsReport.Stream: StreamHandles] = [:]
            var toolkit: [ToolkitKey: Timer] = [:]
        }

        private let naming: RedisNaming
        private let factory: any MetricsFactory
        private let serverLabels: [(String, String)]
        private let database: String
        private let clientName: String
        private let system: RedisSystemName
        private let type: String
        private let cache = Locked(Cache())
        private let pool: PoolHandles
        /// How often sums of events are recorded.
        public let reportInterval: Duration

        private struct PoolHandles: Sendable {
            var used: Gauge
            var idle: Gauge
            var maximum: Gauge
            var waiting: Gauge?
        }

        /// Metrics for objects with this configuration.
        ///
        /// - Parameters:
        ///   - configuration: Gives the labels of server, database and client.
        ///   - naming: By whose conventions commands and the pool are named. Events have the same names in both.
        ///   - system: What the server is called.
        ///   - clientName: The label of the client and its pool; by default the `clientName` of the configuration, or
        ///     `redis`.
        ///   - factory: Where metrics go; by default to the one that the program has chosen
        ///     (`MetricsSystem.factory`, read here).
        ///   - reportInterval: How often sums of events are recorded.
        public init(
            for configuration: RedisConfiguration,
            naming: RedisNaming = .openTelemetry,
            system: RedisSystemName = .redis,
            clientName: String? = nil,
            factory: (any MetricsFactory)? = nil,
            reportInterval: Duration = .seconds(5)
        ) {
            self.naming = naming
            self.system = system
            self.reportInterval = reportInterval
            let factory = factory ?? MetricsSystem.factory
            self.factory = factory
            database = "\(configuration.database)"
            let name = clientName ?? configuration.clientName ?? "redis"
            self.clientName = name
            type = configuration.cluster == nil ? "standalone" : "cluster"
            serverLabels = configuration.serverLabels
            func gauge(_ label: String, _ dimensions: [(String, String)]) -> Gauge {
                Gauge(label: label, dimensions: dimensions, factory: factory)
            }
            switch naming {
            case .openTelemetry:
                let labels = [("db.client.connection.pool.name", name)]
                let state = "db.client.connection.state"
                pool = PoolHandles(
                    used: gauge("db.client.connection.count", labels + [(state, "used")]),
                    idle: gauge("db.client.connection.count", labels + [(state, "idle")]),
                    maximum: gauge("db.client.connection.max", labels),
                    waiting: gauge("db.client.connection.pending_requests", labels)
                )
            case .baseplate:
                let labels = [("redis_pool", name)]
                pool = PoolHandles(
                    used: gauge("redis_client_pool_active_connections", labels),
                    idle: gauge("redis_client_pool_idle_connections", labels),
                    maximum: gauge("redis_client_pool_max_size", labels)
                )
            }
        }

        // MARK: Commands

        /// Counts the operation as active, in the names of baseplate.
        public func operationBegan(_ operation: RedisOperation) -> (any Sendable)? {
            if naming == .baseplate { active(operation).increment() }
            return nil
        }

        /// Records how long it took and how it ended.
        public func operationEnded(
            _ operation: RedisOperation,
            _ outcome: RedisOperationOutcome,
            token: (any Sendable)?
        ) {
            if naming == .baseplate { active(operation).decrement() }
            let handles = handles(operation, outcome)
            handles.duration.record(duration: outcome.duration)
            handles.requests?.increment()
            if let time = outcome.queueTime { handles.queueTime?.record(duration: time) }
            if outcome.attempts > 1 { handles.retries?.increment(by: outcome.attempts - 1) }
            handles.batchSize?.record(operation.commandCount)
        }

        private func active(_ operation: RedisOperation) -> Meter {
            let command = operation.baseplateCommand
            return cache.withLock { cache in
                if let meter = cache.active[command] { return meter }
                let meter = Meter(
                    label: "redis_client_active_requests",
                    dimensions: baseplateLabels(command),
                    factory: factory
                )
                cache.active[command] = meter
                return meter
            }
        }

        private func handles(_ operation: RedisOperation, _ outcome: RedisOperationOutcome) -> Handles {
            let key = Key(
                name: operation.name,
                errorType: outcome.errorType,
                statusCode: outcome.statusCode,
                isBlocking: operation.isBlocking,
                isSeveral: operation.kind != .command
            )
            return cache.withLock { cache in
                if let handles = cache.operations[key] { return handles }
                let handles = naming == .baseplate ? baseplateHandles(operation, key) : handles(key)
                cache.operations[key] = handles
                return handles
            }
        }

        private func handles(_ key: Key) -> Handles {
            var labels = [
                ("db.system.name", system.rawValue), ("db.operation.name", key.name), ("db.namespace", database),
            ]
            labels += serverLabels
            let name = [("db.operation.name", key.name)]
            if let status = key.statusCode { labels.append(("db.response.status_code", status)) }
            if let type = key.errorType { labels.append(("error.type", type)) }
            return Handles(
                duration: Timer(
                    label: key.isBlocking ? "redis.client.blocking.duration" : "db.client.operation.duration",
                    dimensions: labels,
                    factory: factory
                ),
                queueTime: key.isSeveral || key.isBlocking
                    ? nil : Timer(label: "redis.client.operation.queue_time", dimensions: name, factory: factory),
                retries: Counter(label: "redis.client.operation.retries", dimensions: name, factory: factory),
                batchSize: key.isSeveral
                    ? Recorder(
                        label: "redis.client.batch.size",
                        dimensions: name,
                        aggregate: true,
                        factory: factory
                    ) : nil
            )
        }

        private func baseplateHandles(_ operation: RedisOperation, _ key: Key) -> Handles {
            let labels =
                baseplateLabels(operation.baseplateCommand)
                + [("redis_success", key.errorType == nil ? "true" : "false")]
            return Handles(
                duration: Timer(label: "redis_client_latency_seconds", dimensions: labels, factory: factory),
                requests: Counter(label: "redis_client_requests_total", dimensions: labels, factory: factory)
            )
        }

        private func baseplateLabels(_ command: Substring) -> [(String, String)] {
            [
                ("redis_command", String(command)), ("redis_database", database), ("redis_client_name", clientName),
                ("redis_type", type),
            ]
        }

        // MARK: The toolkit

        /// Records how long an operation of RedisToolkit took, and how it ended. It has the same name in both
        /// conventions.
        public func toolkitEnded(
            _ operation: RedisToolkitOperation,
            _ outcome: RedisToolkitOutcome,
            token: (any Sendable)?
        ) {
            let key = ToolkitKey(label: operation.label, result: outcome.result)
            let timer = cache.withLock { cache in
                if let timer = cache.toolkit[key] { return timer }
                let labels = [
                    ("db.system.name", system.rawValue), ("redis.toolkit.operation", key.label),
                    ("redis.toolkit.result", key.result),
                ]
                let timer = Timer(label: "redis.toolkit.duration", dimensions: labels, factory: factory)
                cache.toolkit[key] = timer
                return timer
            }
            timer.record(duration: outcome.duration)
        }

        // MARK: Links and the pool

        /// Records how long the connect took.
        public func linkOpened(to node: RedisEndpoint, after time: Duration) {
            guard naming == .openTelemetry else { return }
            timer("db.client.connection.create_time").record(duration: time)
        }

        /// Counts the end, by its reason.
        public func linkClosed(to node: RedisEndpoint, because reason: String) {
            guard naming == .openTelemetry else { return }
            let labels = [
                ("db.client.connection.pool.name", clientName), ("redis.client.connection.close.reason", reason),
            ]
            Counter(label: "redis.client.connection.closed", dimensions: labels, factory: factory).increment()
        }

        /// Records how long the caller waited, and counts timeouts.
        public func linkLent(after time: Duration, error: RedisError?) {
            guard naming == .openTelemetry else { return }
            timer("db.client.connection.wait_time").record(duration: time)
            guard error?.code == .timedOut else { return }
            let labels = [("db.client.connection.pool.name", clientName)]
            Counter(label: "db.client.connection.timeouts", dimensions: labels, factory: factory).increment()
        }

        /// Records the state of the pool.
        public func poolChanged(_ state: RedisPoolState) {
            pool.used.record(state.lent)
            pool.idle.record(state.idle)
            pool.maximum.record(state.maximum)
            pool.waiting?.record(state.waiting)
        }

        private func timer(_ label: String) -> Timer {
            Timer(label: label, dimensions: [("db.client.connection.pool.name", clientName)], factory: factory)
        }

        // MARK: Events

        /// Records sums and the length of the queue.
        public func reported(_ report: RedisEventsReport, of stream: RedisEventsReport.Stream) {
            let handles = handles(stream)
            handles.messages.increment(by: report.receivedEvents)
            handles.bytes.increment(by: report.receivedBytes)
            handles.queuedEvents.record(report.queuedEvents)
            handles.queuedBytes.record(report.queuedBytes)
        }

        /// Counts the gap, by its cause.
        public func gapFound(
            because cause: RedisDisconnect,
            for duration: Duration?,
            in stream: RedisEventsReport.Stream
        ) {
            let labels = streamLabels(stream)
            let reason = [("redis.client.gap.cause", cause.reason.description)]
            Counter(label: "redis.client.events.gaps", dimensions: labels + reason, factory: factory).increment()
            if let duration {
                Timer(label: "redis.client.events.gap_time", dimensions: labels, factory: factory)
                    .record(duration: duration)
            }
        }

        /// Counts dropped events.
        public func eventsDropped(_ events: Int, bytes: Int, by stream: RedisEventsReport.Stream) {
            handles(stream).drops.increment(by: events)
        }

        /// Counts links that are back.
        public func linkChanged(_ event: RedisLinkEvent, of stream: RedisEventsReport.Stream) {
            if case .restored = event { handles(stream).reconnects.increment() }
        }

        /// Records how long the message was on its way.
        public func probeArrived(after time: Duration, in stream: RedisEventsReport.Stream) {
            handles(stream).delivery.record(duration: time)
        }

        private func handles(_ stream: RedisEventsReport.Stream) -> StreamHandles {
            cache.withLock { cache in
                if let handles = cache.streams[stream] { return handles }
                let labels = streamLabels(stream)
                func counter(_ label: String) -> Counter {
                    Counter(label: label, dimensions: labels, factory: factory)
                }
                let handles = StreamHandles(
                    messages: counter("redis.client.events.received"),
                    bytes: counter("redis.client.events.received_bytes"),
                    queuedEvents: Gauge(label: "redis.client.events.queued", dimensions: labels, factory: factory),
                    queuedBytes: Gauge(
                        label: "redis.client.events.queued_bytes",
                        dimensions: labels,
                        factory: factory
                    ),
                    drops: counter("redis.client.events.dropped"),
                    reconnects: counter("redis.client.events.reconnects"),
                    delivery: Timer(
                        label: "redis.client.events.delivery_time",
                        dimensions: labels,
                        factory: factory
                    )
                )
                cache.streams[stream] = handles
                return handles
            }
        }

        private func streamLabels(_ stream: RedisEventsReport.Stream) -> [(String, String)] {
            [("db.system.name", system.rawValue), ("redis.client.stream", stream.rawValue)]
        }
    }

    extension RedisOperation {
        /// The command as baseplate calls it, which has one name for everything that is sent together.
        fileprivate var baseplateCommand: Substring {
            kind == .command ? Substring(firstWord.lowercased()) : "pipeline"
        }
    }

    extension RedisConfiguration {
        /// The server, if it is fixed.
        fileprivate var serverLabels: [(String, String)] {
            guard cluster == nil, sentinel == nil else { return [] }
            switch endpoint {
            case .tcp(let host, let port):
                return [("server.address", host)] + (port == 6379 ? [] : [("server.port", "\(port)")])
            case .unix(let path): return [("server.address", path)]
            }
        }
    }
#endif
