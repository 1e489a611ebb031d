extension KeyspaceEvents {
    /// Whether a `KeyspaceEvents` changes the server's `notify-keyspace-events`. The setting belongs to the whole
    /// server: it makes each write slower, and other watchers depend on it (CONFIG SET,
    /// https://redis.io/docs/latest/commands/config-set/).
    public struct NotificationPolicy: Sendable, Hashable {
        /// Whether missing flags are set.
        let setsMissing: Bool
        /// Flags to set in addition.
        let added: String
        /// Whether `close` restores the old value.
        let restores: Bool
        /// Whether only `added` is set, even when the requested events need more.
        var isExact = false

        /// The time between two checks of the setting while the link is up. `nil` means that the setting is only
        /// checked at the start and after each reconnect. The default is 2 s. A check is one CONFIG GET and one INFO
        /// commandstats, over a second link to each server. If these are refused, they are not sent again before the
        /// next reconnect. A change that is undone between two checks is noticed if another watcher of this library has
        /// undone it (where INFO and CLIENT LIST are permitted), and not if somebody else has.
        public var checkInterval: Duration? = .seconds(2)

        /// Changes nothing; missing flags are reported. The default.
        public static let verify = KeyspaceEvents.NotificationPolicy(setsMissing: false, added: "", restores: false)

        /// Adds the flags that the requested events need where they are missing: at the start, after each reconnect,
        /// and whenever somebody has removed them.
        ///
        /// - Parameter restoring: Whether `close` restores the old value, unless somebody else has changed it
        ///   meanwhile. Watchers of this library, in any process, find each other (`CLIENT LIST`), and the last one of
        ///   those that restore sets the value from before the first of them. The server does not report whether
        ///   anybody else depends on the setting.
        /// - Returns: The policy.
        public static func addMissing(restoring: Bool = false) -> KeyspaceEvents.NotificationPolicy {
            KeyspaceEvents.NotificationPolicy(setsMissing: true, added: "", restores: restoring)
        }

        /// Adds the flags that the requested events need and these flags, for example `KEA`.
        public static func add(_ flags: String, restoring: Bool = false) -> KeyspaceEvents.NotificationPolicy {
            KeyspaceEvents.NotificationPolicy(setsMissing: true, added: flags, restores: restoring)
        }

        /// Adds these flags and no others. If the requested events need more, the missing flags are reported.
        package static func addExactly(_ flags: String, restoring: Bool = false) -> KeyspaceEvents.NotificationPolicy {
            KeyspaceEvents.NotificationPolicy(setsMissing: true, added: flags, restores: restoring, isExact: true)
        }

        /// The only flags that are set, if the policy is exact.
        package var exactFlags: String? { isExact ? added : nil }

        /// Throws when the text contains characters that cannot be flags.
        func validate() throws(RedisError) {
            guard added.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw RedisError(.invalidConfiguration, "flags of notify-keyspace-events are letters, such as KEA")
            }
            if let checkInterval, checkInterval <= .zero {
                throw RedisError(
                    .invalidConfiguration,
                    "checkInterval \(checkInterval) is not positive; no check is nil"
                )
            }
        }
    }
}
