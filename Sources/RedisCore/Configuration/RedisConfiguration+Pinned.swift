extension RedisConfiguration {
    /// The same for the one server at `endpoint`, whatever Sentinels or a cluster say: for a second link that has to go where
    /// the first one went.
    package func pinned(to endpoint: RedisEndpoint) -> RedisConfiguration {
        var configuration = self
        configuration.endpoint = endpoint
        configuration.sentinel = nil
        configuration.cluster = nil
        return configuration
    }
}
