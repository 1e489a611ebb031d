/// Whether a `KeyspaceEvents` changes the server's `notify-keyspace-events`. The setting is the whole server's: it costs
/// each write some time, and other watchers depend on it (CONFIG SET, https://redis.io/docs/latest/commands/config-set/).
public struct NotificationPolicy: Sendable, Hashable {
    /// Whether flags that are missing are set.
    let setsMissing: Bool
    /// Flags to set beside those.
    let added: String
    /// Whether `close` sets the old value back.
    let restores: Bool

    /// Nothing is changed; flags that are missing are told. The default.
    public static let verify = NotificationPolicy(setsMissing: false, added: "", restores: false)

    /// The flags that the events asked for need are added where they are missing, at the start and after each reconnect.
    ///
    /// - Parameter restoring: Whether `close` sets the old value back, unless somebody else has changed it meanwhile.
    public static func addMissing(restoring: Bool = false) -> NotificationPolicy {
        NotificationPolicy(setsMissing: true, added: "", restores: restoring)
    }

    /// The same, and these flags too: `KEA` for instance.
    public static func add(_ flags: String, restoring: Bool = false) -> NotificationPolicy {
        NotificationPolicy(setsMissing: true, added: flags, restores: restoring)
    }

    /// Throws when the flags cannot be any.
    func validate() throws(RedisError) {
        guard added.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw RedisError(.invalidConfiguration, "flags of notify-keyspace-events are letters, such as KEA")
        }
    }
}
