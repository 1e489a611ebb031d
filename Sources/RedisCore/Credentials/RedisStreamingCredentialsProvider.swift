/// A provider that also tells of new credentials while links live, as tokens that expire need it.
///
/// Each link listens from its start to its end. New credentials authenticate it anew without a lost message: with AUTH on
/// the same connection, or, for a subscriber in RESP2, which the server allows no AUTH, on a second connection that takes
/// over when it has everything subscribed. When the server refuses them, or the provider fails, the link stays as it is
/// and tells so with `RedisLinkEvent.authenticationFailed`; the next credentials are the next try.
///
/// redis-py's `StreamingCredentialProvider` is the model: `on_next` and `on_error` are the listener's two closures, any
/// number of listeners may listen, and each of them may stop. `RedisCredentialsFeed` and `RedisTokenManager` are ready to use.
public protocol RedisStreamingCredentialsProvider: RedisCredentialsProvider {
    /// Calls `listener` for each change from now on, in order, until the subscription that is returned is cancelled or let
    /// go of. What was current before is not repeated: whoever connects asks `credentials()`, and should listen first.
    func subscribe(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription
}
