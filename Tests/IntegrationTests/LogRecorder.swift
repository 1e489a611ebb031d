import Logging
import RedisReactor

/// Keeps every line that is logged, of all levels, with its metadata.
struct LogRecorder: LogHandler {
    private let lines = Locked<[String]>([])
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// A logger that writes here.
    var logger: Logger { Logger(label: "test") { _ in self } }

    var all: [String] { lines.withLock { $0 } }

    func log(event: LogEvent) {
        let line = "\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:]) \(event.source)"
        lines.withLock { $0.append(line) }
    }
}
