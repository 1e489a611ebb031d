import RedisToolkit

/// Values of a cache that the process keeps.
enum Caching {
    /// Reads the feeder's value as it is.
    private struct Plain: RedisValueCoder {
        func encode<Value: Encodable>(_ value: Value) throws -> RedisBytes { RedisBytes("\(value)") }

        func decode<Value: Decodable>(_ type: Value.Type, from bytes: RedisBytes) throws -> Value {
            guard let text = bytes.text as? Value else { throw CancellationError() }
            return text
        }
    }

    private struct Missing: Error {}

    /// A cache that keeps what it has read.
    private static func cache(_ setting: Setting) async throws -> RedisCache {
        let client = try RedisClient(setting.configuration)
        let near = RedisCache.NearOptions(lease: .seconds(3600))
        let policy = RedisCachePolicy(nearTimeToLive: .seconds(3600))
        let cache = try RedisCache(client, namespace: "app", policy: policy, coder: Plain(), near: near)
        while !cache.statistics.isTracking { await Task.yield() }
        return cache
    }

    private static func region(_ setting: Setting) async throws -> RedisCache.Region<String, String> {
        let region = try await cache(setting).region("user", key: String.self, value: String.self, format: .raw)
        while region["a key"] == nil { _ = try await region.value(for: "a key") }
        return region
    }

    static func value(_ setting: Setting) async throws {
        let region = try await region(setting)
        let countdown = Countdown(setting.messages)
        while true {
            countdown.message(try await region.value(for: "a key") { _ in throw Missing() }.utf8.count)
        }
    }

    static func subscripted(_ setting: Setting) async throws {
        let region = try await region(setting)
        let countdown = Countdown(setting.messages)
        while true { countdown.message(region["a key"]?.utf8.count ?? 0) }
    }

    static func function(_ setting: Setting) async throws {
        let policy = RedisCachePolicy(nearTimeToLive: .seconds(3600))
        let function = try await cache(setting).cached("f", policy: policy, format: .raw) {
            (_: Int, _: String) -> String in
            throw Missing()
        }
        while try await function(7, "scope").isEmpty {}
        let countdown = Countdown(setting.messages)
        while true { countdown.message(try await function(7, "scope").utf8.count) }
    }
}
