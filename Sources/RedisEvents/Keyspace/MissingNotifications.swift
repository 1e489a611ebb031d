extension KeyspaceEvents {
    /// The server's `notify-keyspace-events` lacks flags that the events asked for need. They are off by default.
    public struct MissingNotifications: Error, Sendable, CustomStringConvertible {
        /// The flags that are missing: K or E for the family of channels, a letter for each class.
        public let flags: String
        /// The flags that the server shows.
        public let current: String
        /// The command that adds what is missing, for people.
        public let remedy: String
        /// Why they could not be set, when that was tried.
        public let cause: RedisError?

        init(_ missing: NotificationFlags, in current: NotificationFlags, cause: RedisError? = nil) {
            self.cause = cause
            flags = missing.rounded.description
            self.current = current.description
            let text = current.union(missing).rounded.description
            // A shell would take what follows a dollar for a variable's name.
            remedy = "CONFIG SET notify-keyspace-events \(text.contains("$") ? "'\(text)'" : text)"
        }

        /// What is missing, and the command that adds it.
        public var description: String {
            let quoted = current.isEmpty ? "off" : "\"\(current)\""
            let warning =
                current.contains("A") ? " (and n, o, c if they are in use: CONFIG GET hides them beside A)" : ""
            if let cause {
                return "notify-keyspace-events is \(quoted), lacks \(flags) and cannot be set: \(cause.message)"
            }
            return "notify-keyspace-events is \(quoted) and lacks \(flags): \(remedy)\(warning)"
        }
    }
}

extension KeyspaceEvents {
    /// What is known of the server's `notify-keyspace-events`.
    public enum NotificationState: Sendable {
        /// Everything is set that the events asked for need.
        case verified
        /// Flags are missing; their events do not come until somebody sets them.
        case missing(KeyspaceEvents.MissingNotifications)
        /// Flags were missing and are set now, to the text given.
        case enabled(String)
        /// These flags may be set or not: CONFIG GET does not show them beside A. All else is set.
        case unknown(String)
        /// The server did not let the setting be read, as managed services do. Events come if it is right.
        case unverified(RedisError)
    }
}

extension KeyspaceEvents {
    /// What became of a changed `notify-keyspace-events` at the end.
    public enum NotificationRestoration: Sendable {
        /// It was not changed, or was to stay changed.
        case notDue
        /// It was set back to the text given.
        case restored(String)
        /// Other watchers need it, and the last of them sets it back; until then it stays at the text given.
        case leftToOthers(String)
        /// Somebody else has changed it since, to the text given; so it stays.
        case leftAlone(String)
        /// It could not be set back.
        case failed(RedisError)
        /// It was changed on several nodes of a cluster. What became of it on each.
        case perNode([RedisEndpoint: KeyspaceEvents.NotificationRestoration])
    }
}
