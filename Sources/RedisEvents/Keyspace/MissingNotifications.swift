extension KeyspaceEvents {
    /// The server's `notify-keyspace-events` lacks flags that the requested events need. The flags are off by default.
    public struct MissingNotifications: Error, Sendable, CustomStringConvertible {
        /// The flags that are missing: K or E for the family of channels, a letter for each class.
        public let flags: String
        /// The flags that are set.
        public let current: String
        /// The command that adds the missing flags, for people.
        public let remedy: String
        /// Why the flags could not be set, if that was tried.
        public let cause: RedisError?

        init(_ missing: NotificationFlags, in current: NotificationFlags, cause: RedisError? = nil) {
            self.cause = cause
            flags = missing.rounded.description
            self.current = current.description
            let text = current.union(missing).rounded.description
            // A shell would take what follows a dollar sign for a variable.
            remedy = "CONFIG SET notify-keyspace-events \(text.contains("$") ? "'\(text)'" : text)"
        }

        /// The missing flags, and the command that adds them.
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
    /// The state of the server's `notify-keyspace-events`.
    public enum NotificationState: Sendable {
        /// All flags are set that the requested events need.
        case verified
        /// Flags are missing. Their events do not come until somebody sets them.
        case missing(KeyspaceEvents.MissingNotifications)
        /// Flags were missing and are set now. The text is the new setting.
        case enabled(String)
        /// These flags may be set or not, because CONFIG GET does not show them beside A. All others are set.
        case unknown(String)
        /// The server did not allow the setting to be read, as with managed services. Events come if the setting is
        /// right.
        case unverified(RedisError)
    }
}

extension KeyspaceEvents {
    /// What happened to a changed `notify-keyspace-events` at the end.
    public enum NotificationRestoration: Sendable {
        /// The setting was not changed, or it was meant to stay changed.
        case notDue
        /// The setting was restored to this text.
        case restored(String)
        /// Other watchers need the setting, and the last of them restores it. Until then it stays at this text.
        case leftToOthers(String)
        /// Somebody else has changed the setting to this text since, so it stays.
        case leftAlone(String)
        /// The setting could not be restored.
        case failed(RedisError)
        /// The setting was changed on several nodes of a cluster. The result for each node.
        case perNode([RedisEndpoint: KeyspaceEvents.NotificationRestoration])
    }
}
