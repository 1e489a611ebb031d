extension RedisConfiguration {
    /// How links to Sentinels behave: with what these have of their own, and nothing that only data nodes know.
    func forLinks(to sentinel: RedisSentinelConfiguration) -> RedisConfiguration {
        var configuration = self
        configuration.sentinel = nil
        configuration.cluster = nil
        configuration.credentials = sentinel.credentials
        configuration.tls = sentinel.tls
        configuration.database = 0
        configuration.connectTimeout = min(connectTimeout, sentinel.timeout)
        configuration.firstConnectTimeout = nil
        configuration.isAuxiliary = true
        configuration.handshakeTimeout = min(handshakeTimeout, sentinel.timeout)
        // Their longest reply is a list of some instances with some dozen fields each.
        configuration.limits = .answers
        configuration.lossBoundInterval = nil
        configuration.deliveryProbe = nil
        configuration.tellsLibrary = false
        return configuration
    }
}
