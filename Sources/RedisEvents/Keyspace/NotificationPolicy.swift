extension KeyspaceEvents {
    /// Whether a `KeyspaceEvents` changes the server's `notify-keyspace-events`. The setting is the whole server's: it costs
    /// each write some time, and other watchers depend on it (CONFIG SET, https://redis.io/docs/latest/commands/config-set/).
    public struct NotificationPolicy: Sendable, Hashable {
        /// Whether flags that are missing are set.
        let setsMissing: Bool
        /// Flags to set beside those.
        let added: String
        /// Whether `close` sets the old value back.
        let restores: Bool
        /// Whether nothing but `added` is set, even when the events asked for need more.
        var isExact = false

        /// How long after one look at the setting the next follows, for as long as the link stands; `nil` means that it is looked at
        /// in the start and after each reconnect alone. The default is 2 s. A look is one CONFIG GET and one INFO commandstats, over a
        /// second link to each server; where that is refused, it is not asked again before the next reconnect. A change that is
        /// undone between two looks is noticed when another watcher of this library has undone it (where INFO and CLIENT LIST are
        /// permitted), and not when somebody else has.
        public var checkInterval: Duration? = .seconds(2)

        /// Nothing is changed; flags that are missing are told. The default.
        public static let verify = KeyspaceEvents.NotificationPolicy(setsMissing: false, added: "", restores: false)

        /// The flags that the events asked for need are added where they are missing: at the start, after each reconnect, and
        /// whenever somebody has taken them away.
        ///
        /// - Parameter restoring: Whether `close` sets the old value back, unless somebody else has changed it meanwhile. Watchers
        ///   of this library, in any process, find each other (`CLIENT LIST`); the last of those that restore sets back what was
        ///   there before the first. Whether anybody else depends on the setting, the server does not tell.
        /// - Returns: The policy.
        public static func addMissing(restoring: Bool = false) -> KeyspaceEvents.NotificationPolicy {
            KeyspaceEvents.NotificationPolicy(setsMissing: true, added: "", restores: restoring)
        }

        /// The same, and these flags too: `KEA` for instance.
        public static func add(_ flags: String, restoring: Bool = false) -> KeyspaceEvents.NotificationPolicy {
            KeyspaceEvents.NotificationPolicy(setsMissing: true, added: flags, restores: restoring)
        }

        /// These flags are added and no others. When the events asked for need more, that is told as missing.
        package static func addExactly(_ flags: String, restoring: Bool = false) -> KeyspaceEvents.NotificationPolicy {
            KeyspaceEvents.NotificationPolicy(setsMissing: true, added: flags, restores: restoring, isExact: true)
        }

        /// The flags that are set and no others, when that is so.
        package var exactFlags: String? { isExact ? added : nil }

        /// Throws when the flags cannot be any.
        func validate() throws(RedisError) {
            guard added.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw RedisError(.invalidConfiguration, "flags of notify-keyspace-events are letters, such as KEA")
            }
            if let checkInterval, checkInterval <= .zero {
                throw RedisError(
                    .invalidConfiguration,
                    "checkInterval \(checkInterval) is not positive; no look is nil"
                )
            }
        }
    }
}
