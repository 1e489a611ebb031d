import RedisToolkit
import TestSupport
import Testing

@Suite("How old a value of the cache is", .tags(.unit))
struct CacheFreshnessTests {
    private let envelope = CacheEnvelope(freshFor: 1000, keptFor: 1500, computedIn: 100, payload: "value")

    @Test("follows from what its key's time to live has lost")
    func age() {
        let fresh = CacheFreshness(envelope, timeToLive: 1500)
        #expect(fresh.freshLeft == 1000 && fresh.keptLeft == 1500)
        let older = CacheFreshness(envelope, timeToLive: 700)
        #expect(older.freshLeft == 200 && older.keptLeft == 700)
        let stale = CacheFreshness(envelope, timeToLive: 400)
        #expect(stale.freshLeft == -100 && stale.keptLeft == 400)
        // A key that is gone by now, one that somebody prolonged, and one that does not expire any more.
        #expect(CacheFreshness(envelope, timeToLive: -2).freshLeft == -500)
        #expect(CacheFreshness(envelope, timeToLive: 9000).freshLeft == 1000)
        #expect(CacheFreshness(envelope, timeToLive: -1).freshLeft == nil)
        #expect(CacheFreshness(timeToLive: 700).freshLeft == 700)
        #expect(CacheFreshness(timeToLive: -1).keptLeft == nil)
    }

    @Test("says who computes it anew: earlier with a longer computation, a higher eagerness, a lower number")
    func verdict() {
        let freshness = CacheFreshness(envelope, timeToLive: 700)
        // 100 ms · β · -ln(random) against the 200 ms that are left.
        #expect(freshness.lead(eagerness: 1, random: 1) == 0)
        #expect(freshness.lead(eagerness: 1, random: 0.5) == 69)
        #expect(freshness.lead(eagerness: 2, random: 0.5) == 138)
        #expect(freshness.verdict(eagerness: 1, random: 0.5) == .fresh)
        #expect(freshness.verdict(eagerness: 1, random: 0.14) == .fresh)
        #expect(freshness.verdict(eagerness: 1, random: 0.13) == .due)
        #expect(freshness.verdict(eagerness: 0, random: 0) == .fresh)
        #expect(freshness.verdict(eagerness: 1, random: 0) == .due)
        #expect(CacheFreshness(envelope, timeToLive: 500).verdict(eagerness: 0, random: 1) == .due)
        #expect(CacheFreshness(envelope, timeToLive: -1).verdict(eagerness: 1000, random: 0) == .fresh)
        // How long it took is not known of a value without an envelope.
        #expect(CacheFreshness(timeToLive: 700).lead(eagerness: 1000, random: 0) == 0)
    }

    @Test("is read back from the bytes, and from nothing else")
    func bytes() {
        #expect(CacheEnvelope(envelope.bytes) == envelope)
        let empty = CacheEnvelope(freshFor: 1, keptFor: 1 << 55, computedIn: 0, payload: "")
        #expect(CacheEnvelope(empty.bytes) == empty)
        #expect(CacheEnvelope(CacheEnvelope(freshFor: -5, keptFor: 0, computedIn: 0, payload: "").bytes)?.freshFor == 0)
        for bytes: [UInt8] in [
            [], [0xca], [0xca, 0x01], [0xca, 0x02, 1, 1, 1], [0xca, 0x01, 1, 1], [0xca, 0x01, 0xff],
            [0xca, 0x01] + [UInt8](repeating: 0xff, count: 40), Array(#"{"a":1}"#.utf8),
        ] { #expect(CacheEnvelope(RedisBytes(bytes)) == nil) }
    }
}

@Suite("The key of a value of the cache", .tags(.unit))
struct CacheKeyTests {
    private struct Place: Hashable, Codable { var street: String, number: Int }

    @Test("is readable, the same for equal keys, and different for others")
    func texts() throws {
        #expect(try RedisCacheKey.text(of: "Grüße %d \u{0}") == "Grüße %d \u{0}")
        #expect(try RedisCacheKey.text(of: 7) == "7")
        #expect(try RedisCacheKey.text(of: Place(street: "a/b", number: 2)) == #"{"number":2,"street":"a/b"}"#)
        #expect(try RedisCacheKey.text(of: RedisCacheCall(7, "7", true)) == #"[7,"7",true]"#)
        #expect(try RedisCacheKey.text(of: RedisCacheCall(["a", "b"])) == #"[["a","b"]]"#)
        #expect(try RedisCacheKey.text(of: ["b": 1, "a": 2]) == #"{"a":2,"b":1}"#)
        #expect(throws: (any Error).self) { try RedisCacheKey.text(of: Double.nan) }
        #expect(RedisCacheKey("user", 7) == RedisCacheKey("user", 7))
        #expect(RedisCacheKey("user", 7) != RedisCacheKey("users", 7))
        #expect(RedisCacheKey(function: "f", 7, "x") == RedisCacheKey("f", RedisCacheCall(7, "x")))
    }

    @Test("is a digest when it is long, which no other text passes for")
    func digests() throws {
        let long = String(repeating: "x", count: 201)
        let digest = try RedisCacheKey.text(of: long)
        #expect(
            digest == "sha256:94fc7b9e6bb0cad24b4bf5c9e5f5d9ba4dd5d4d1bbc1db2c2a33a9ea4a4a1bd2" || digest.count == 71
        )
        #expect(try RedisCacheKey.text(of: long) == digest)
        #expect(try RedisCacheKey.text(of: String(repeating: "x", count: 200)).count == 200)
        #expect(try RedisCacheKey.text(of: digest.description) != digest)
    }
}
