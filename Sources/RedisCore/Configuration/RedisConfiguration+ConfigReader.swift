#if Configuration
    public import Configuration

    extension RedisConfiguration {
        /// Reads settings with swift-configuration, from whatever its providers read: files, the environment,
        /// arguments.
        ///
        /// <doc:ConfigurationByText> lists the keys, which are camelCase with dots for scopes (`redis.tls.caFile`;
        /// `REDIS_TLS_CA_FILE` in the environment). Numbers, flags and lists are read as such or from text. Passwords
        /// and the URL are read as secrets.
        ///
        /// A reader does not tell which keys there are, so that an unknown key is not noticed, and it takes a
        /// provider's failure for a missing value.
        ///
        /// - Parameters:
        ///   - config: The reader.
        ///   - scope: The scope of all keys, such as `redis`; errors name keys with it. Empty for a reader that is
        ///     scoped already.
        /// - Throws: `.invalidConfiguration`, with all that is wrong, each with its key.
        public init(config: ConfigReader, scope: String = "") throws(RedisError) {
            // A snapshot, so that all values are of one moment.
            let values = (scope.isEmpty ? config : config.scoped(to: ConfigKey(scope))).snapshot()
            let prefix = scope.isEmpty ? "" : "\(scope)."
            var reading = ConfigurationReading(prefix: prefix, .dictionary)
            for key in ConfigurationKey.all {
                guard let text = key.text(in: values) else { continue }
                reading.read(text, of: key, writtenAs: prefix + key.name)
            }
            self = try reading.configuration()
        }
    }

    extension ConfigurationKey {
        /// The value as it would be written; `nil` where there is none. A provider may have it as what it is, or as
        /// text. A value of another type is text that will be refused.
        fileprivate func text(in values: ConfigSnapshotReader) -> String? {
            let key = ConfigKey(name)
            func number() -> String? { values.int(forKey: key, isSecret: isSecret).map { "\($0)" } }
            func flag() -> String? { values.bool(forKey: key, isSecret: isSecret).map { "\($0)" } }
            func list() -> String? { values.stringArray(forKey: key, isSecret: isSecret)?.joined(separator: ",") }
            func text() -> String? { values.string(forKey: key, isSecret: isSecret) }
            func fraction() -> String? { values.double(forKey: key, isSecret: isSecret).map { "\($0)" } }
            return switch shape {
            case .number: number() ?? text() ?? flag() ?? fraction() ?? list()
            case .flag: flag() ?? text() ?? number() ?? fraction() ?? list()
            case .list: list() ?? text() ?? number() ?? flag() ?? fraction()
            case .text: text() ?? number() ?? flag() ?? fraction() ?? list()
            }
        }
    }

    extension Timespan: ExpressibleByConfigString {
        /// Reads a text, as `init(_:)` does; `nil` where that throws.
        ///
        /// - Parameter configString: One of the two forms.
        public init?(configString: String) {
            guard let timespan = try? Timespan(configString) else { return nil }
            self = timespan
        }
    }
#endif
