import RedisPOSIX

extension RedisConfiguration {
    /// Reads settings from the environment of this process: `REDIS_URL`, `REDIS_CLIENT_NAME`, `REDIS_TLS_CA_FILE`.
    ///
    /// <doc:ConfigurationByText> lists the variables. Others that begin with the prefix are ignored, because
    /// environments hold variables of others: images of Redis have `REDIS_VERSION`, Kubernetes sets
    /// `REDIS_SERVICE_HOST`. With `refusesUnknown` they are errors, for a prefix that nobody else uses.
    ///
    /// - Parameters:
    ///   - prefix: What the variables begin with.
    ///   - refusesUnknown: Whether an unknown variable that begins with the prefix is an error.
    /// - Throws: `.invalidConfiguration`, as `init(prefix:in:)`.
    public init(environmentPrefix prefix: String = "REDIS_", refusesUnknown: Bool = false) throws(RedisError) {
        var values: [String: RedisBytes] = [:]
        for (name, value) in ThisProcess.environment() where name.starts(with: prefix.utf8) {
            let name = String(decoding: name, as: UTF8.self)
            // The first counts, as for everybody who asks for it by name.
            values[name] = values[name] ?? RedisBytes(value)
        }
        try self.init(variables: values, prefix: prefix, refusesUnknown: refusesUnknown)
    }

    /// Reads settings from variables.
    ///
    /// - Parameters:
    ///   - environment: The variables, by name.
    ///   - prefix: What the variables begin with.
    ///   - refusesUnknown: Whether an unknown variable that begins with the prefix is an error.
    /// - Throws: `.invalidConfiguration`, as `init(prefix:in:)`.
    public init(
        environment: [String: String],
        prefix: String = "REDIS_",
        refusesUnknown: Bool = false
    ) throws(RedisError) {
        try self.init(
            variables: environment.mapValues { RedisBytes($0) },
            prefix: prefix,
            refusesUnknown: refusesUnknown
        )
    }

    private init(variables: [String: RedisBytes], prefix: String, refusesUnknown: Bool) throws(RedisError) {
        var reading = ConfigurationReading(prefix: prefix, .environment)
        var rest = variables.filter { $0.key.utf8.starts(with: prefix.utf8) }
        for key in ConfigurationKey.all {
            for name in key.environmentNames {
                if let value = rest.removeValue(forKey: prefix + name) {
                    reading.read(value.text, of: key, writtenAs: prefix + name)
                }
            }
        }
        if refusesUnknown {
            for name in rest.keys.sorted() {
                reading.refuseUnknown(name, known: ConfigurationKey.all.flatMap(\.environmentNames))
            }
        }
        self = try reading.configuration()
    }
}
