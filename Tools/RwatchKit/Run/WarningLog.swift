package import Logging
internal import RedisCore

/// Writes the warnings of the library's log as notices, each once. Everything else in the log also comes as an event.
package struct WarningLog: LogHandler {
    private let told = Locked<Set<String>>([])
    private let say: @Sendable (String) -> Void

    /// At most this many warnings are written, because a server may influence their texts.
    private static let most = 16

    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.warning

    /// A handler that passes each warning to `say`.
    package init(say: @escaping @Sendable (String) -> Void) { self.say = say }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        guard event.level >= .warning else { return }
        let details = event.metadata?.values.map(\.description).sorted() ?? []
        let text = ([event.message.description] + details).joined(separator: ": ")
        let isNew = told.withLock { $0.count < Self.most && $0.insert(text).inserted }
        if isNew { say(text) }
    }
}

extension RedisConfiguration {
    /// The configuration with a log whose warnings are notices.
    func warning(by notices: NoticeWriter) -> RedisConfiguration {
        var configuration = self
        configuration.logger = Logger(label: "rwatch") { _ in WarningLog { notices.say($0) } }
        return configuration
    }
}
