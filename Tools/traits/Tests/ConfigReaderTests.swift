import Configuration
import RedisEvents
import Synchronization
import Testing

/// What is wrong with the configuration that a reader gives; `nil` if nothing is.
private func complaint(_ provider: some ConfigProvider, scope: String = "redis") -> String? {
    do throws(RedisError) {
        _ = try RedisConfiguration(config: ConfigReader(provider: provider), scope: scope)
        return nil
    } catch {
        return error.code == .invalidConfiguration ? error.message : "\(error.code)"
    }
}

@Suite("A configuration from swift-configuration")
struct ConfigReaderTests {
    @Test("is read from values of every type")
    func types() async throws {
        let provider = InMemoryProvider(values: [
            "redis.host": "h", "redis.port": 7000, "redis.password": "s", "redis.database": 3,
            "redis.clientName": "me", "redis.protocol": 2, "redis.tls.enabled": true, "redis.tls.caFile": "/ca",
            "redis.tls.minimumVersion": 1.3, "redis.commandTimeout": "200ms", "redis.retry.policy": "readOnly",
            "redis.heartbeat": "never", "other.host": "x",
        ])
        let reader = ConfigReader(provider: provider)
        for configuration in [
            try RedisConfiguration(config: reader, scope: "redis"),
            try RedisConfiguration(config: reader.scoped(to: "redis")),
        ] {
            #expect(configuration.endpoint == .tcp(host: "h", port: 7000))
            #expect(try await configuration.credentials?.credentials() == RedisCredentials(password: "s"))
            #expect(configuration.database == 3)
            #expect(configuration.clientName == "me")
            #expect(configuration.protocolVersion == .resp2)
            #expect(
                configuration.tls == RedisTLSConfiguration(authorities: .file("/ca"), minimumVersion: .tls13)
            )
            #expect(configuration.commands.timeout == .milliseconds(200))
            #expect(configuration.commands.retry.limit == .readOnly)
            #expect(configuration.heartbeat == nil)
        }
    }

    @Test("is read from a list, or from text with commas")
    func lists() throws {
        for seeds in [ConfigValue(.stringArray(["a", "b:1"]), isSecret: false), "a,b:1"] {
            let provider = InMemoryProvider(values: ["redis.cluster.seeds": seeds])
            let configuration = try RedisConfiguration(config: ConfigReader(provider: provider), scope: "redis")
            #expect(configuration.cluster?.seeds.map(\.description) == ["a:6379", "b:1"])
        }
    }

    @Test("is read from the environment under the names of the page")
    func environment() throws {
        let provider = EnvironmentVariablesProvider(environmentVariables: [
            "REDIS_URL": "redis://h", "REDIS_TLS_CA_FILE": "/ca", "REDIS_TLS_ENABLED": "true", "REDIS_PORT": "",
            "REDIS_RETRY_MINIMUM_PAUSE": "1ms", "REDIS_IN_FLIGHT_COMMANDS": "5", "REDIS_VERSION": "7",
        ])
        #expect(complaint(provider) == "redis.port is not a number from 1 to 65535")
        let whole = EnvironmentVariablesProvider(environmentVariables: [
            "REDIS_URL": "redis://h", "REDIS_TLS_CA_FILE": "/ca", "REDIS_TLS_ENABLED": "true",
            "REDIS_RETRY_MINIMUM_PAUSE": "1ms", "REDIS_IN_FLIGHT_COMMANDS": "5", "REDIS_VERSION": "7",
        ])
        let configuration = try RedisConfiguration(config: ConfigReader(provider: whole), scope: "redis")
        #expect(configuration.tls?.authorities == .file("/ca"))
        #expect(configuration.commands.retry.minimumPause == .milliseconds(1))
        #expect(configuration.commands.inFlight.commands == 5)
    }

    @Test("that is wrong says all at once, each with its key, also where a value has another type")
    func mistakes() {
        let provider = InMemoryProvider(values: [
            "redis.host": "h", "redis.port": "x", "redis.commandTimeout": 5, "redis.tls.enabled": "maybe",
            "redis.retry.attempts": 2.5, "redis.password": "hunter2", "redis.username": "",
        ])
        #expect(
            complaint(provider)
                == """
                redis.port "x" is not a number from 1 to 65535; redis.username is empty; \
                redis.tls.enabled "maybe" is neither true nor false; \
                redis.commandTimeout "5" has no unit; write it with one, such as 30s or 30 seconds; \
                redis.retry.attempts "2.5" is not a number from 0 up
                """
        )
        #expect(
            complaint(InMemoryProvider(values: ["host": "h", "port": "x"]), scope: "")?.hasPrefix("port \"x\"") == true
        )
        #expect(complaint(InMemoryProvider(values: [:]))?.hasPrefix("redis.url is missing") == true)
    }

    @Test("reads passwords and the URL as secrets, and nothing else")
    func secrets() throws {
        let reporter = RecordingReporter()
        let names = ["url", "password", "tls.keyPassword", "sentinel.password", "clientName", "host", "tls.caFile"]
        let values = names.map {
            (
                AbsoluteConfigKey(["redis"] + $0.split(separator: ".").map(String.init)),
                ConfigValue("x", isSecret: false)
            )
        }
        let provider = InMemoryProvider(values: Dictionary(uniqueKeysWithValues: values))
        let reader = ConfigReader(provider: provider, accessReporter: reporter)
        #expect(throws: RedisError.self) { try RedisConfiguration(config: reader, scope: "redis") }
        #expect(
            reporter.secrets.sorted() == [
                "redis.password", "redis.sentinel.password", "redis.tls.keyPassword", "redis.url",
            ]
        )
        #expect(reporter.plain.sorted() == ["redis.clientName", "redis.host", "redis.tls.caFile"])
    }

    @Test("has time spans that other keys may have too")
    func timespans() {
        let reader = ConfigReader(provider: InMemoryProvider(values: ["a": "1m30s", "b": "90", "c": "1 minute"]))
        #expect(reader.string(forKey: "a", as: Timespan.self)?.duration == .seconds(90))
        #expect(reader.string(forKey: "b", as: Timespan.self) == nil)
        #expect(reader.string(forKey: "c", as: Timespan.self)?.description == "1m")
    }
}

/// Notes which keys had a value, and whether it was secret.
private final class RecordingReporter: AccessReporter {
    private let found = Mutex<[String: Bool]>([:])

    var secrets: [String] { found.withLock { $0.filter(\.value).map(\.key) } }
    var plain: [String] { found.withLock { $0.filter { !$0.value }.map(\.key) } }

    func report(_ event: AccessEvent) {
        guard case .success(let value?) = event.result else { return }
        found.withLock { $0[event.metadata.key.components.joined(separator: ".")] = value.isSecret }
    }
}
