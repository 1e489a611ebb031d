extension RedisConfiguration {
    /// Reads settings by name from a dictionary of texts, such as a section of a configuration file.
    ///
    /// <doc:ConfigurationByText> lists the keys. Each is written as there (`redis.clientName`), with underscores
    /// (`redis.client_name`), or by a name of redis-py where there is one (`redis.max_connections`). Settings that have
    /// no key can be set afterwards.
    ///
    /// - Parameters:
    ///   - prefix: What the keys begin with. It ends with a dot, or is empty: then all keys of the dictionary count.
    ///   - values: The dictionary. Keys that do not begin with the prefix are ignored.
    /// - Throws: `.invalidConfiguration`, with all that is wrong, each with its whole key: a value that cannot be read,
    ///   a key that is unknown, the same key in two spellings, keys that do not go together, no server. Values of keys
    ///   that may hold a password are never shown.
    public init(prefix: String, in values: [String: String]) throws(RedisError) {
        guard prefix.isEmpty || prefix.utf8.last == UInt8(ascii: ".") else {
            let shown = prefix.shown(upTo: ShownText.nameLimit)
            throw RedisError(.invalidConfiguration, "prefix \"\(shown)\" does not end with a dot")
        }
        var reading = ConfigurationReading(prefix: prefix, .dictionary)
        var rest = values.filter { $0.key.utf8.starts(with: prefix.utf8) }
        for key in ConfigurationKey.all {
            for name in key.dictionaryNames {
                if let value = rest.removeValue(forKey: prefix + name) {
                    reading.read(value, of: key, writtenAs: prefix + name)
                }
            }
        }
        for name in rest.keys.sorted() {
            reading.refuseUnknown(name, known: ConfigurationKey.all.flatMap(\.dictionaryNames))
        }
        self = try reading.configuration()
    }
}
