/// Where credentials come from. A provider is asked at each connect, so that a reconnect uses the newest ones.
public protocol RedisCredentialsProvider: Sendable {
    /// The credentials for a connect that is about to happen. What it throws counts as a failed connect; it is asked again
    /// at the next.
    func credentials() async throws -> RedisCredentials
}

extension RedisCredentials: RedisCredentialsProvider {
    /// These credentials, each time.
    public func credentials() -> RedisCredentials { self }
}
