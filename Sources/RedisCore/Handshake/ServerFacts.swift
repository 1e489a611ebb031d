/// What a server said of itself when it was connected to. RESP2 links know only the protocol version.
package struct ServerFacts: Sendable, Hashable {
    /// 2 or 3: the version that this link speaks.
    package var protocolVersion: Int
    /// `redis` or `valkey`, or another name.
    package var server: String?
    /// The server's version. Valkey tells its own here.
    package var version: String?
    /// `standalone`, `cluster` or `sentinel`.
    package var mode: String?
    /// `master` or `replica`.
    package var role: String?
    /// The link's number in `CLIENT LIST`.
    package var clientID: Int?

    /// The number of the server's run, which is another after each restart; `nil` when the user may not ask (INFO).
    package var runID: String?

    /// Where it listens, as it was connected to.
    package var endpoint: RedisEndpoint?

    /// What the server has counted until now.
    package var stats: ServerStats?
    /// The setting `client-output-buffer-limit`, if it was asked for.
    package var outputBufferLimits: String?

    /// How long connect and handshake took.
    package var answerTime = Duration.zero
    /// The link, where monitors of ours have to know it.
    package internal(set) var own: OwnLink?

    package init(protocolVersion: Int) { self.protocolVersion = protocolVersion }

    /// The reply of HELLO, read by key: forks add keys, Sentinel leaves some out.
    package init(hello: RESPValue) {
        protocolVersion = hello["proto"]?.integer == 2 ? 2 : 3
        server = Self.fact(hello["server"])
        version = Self.fact(hello["version"])
        mode = Self.fact(hello["mode"])
        role = Self.fact(hello["role"])
        clientID = hello["id"]?.count
    }

    /// How long a name, a version or a number may be. What is longer, or no printable ASCII, is not known.
    static let longestFact = 256

    static func fact(_ value: RESPValue?) -> String? { value?.bytes?.plainText(upTo: longestFact) }

    /// What `INFO server` adds: all of it for RESP2 links, which have no HELLO to ask.
    package mutating func add(info: RedisBytes) {
        let fields = OutsideFields(
            info,
            ["redis_version", "run_id", "valkey_version", "server_name", "redis_mode"]
        )
        func field(_ name: RedisBytes) -> String? { fields[name]?.plainText(upTo: Self.longestFact) }
        guard let release = field("redis_version") else { return }
        runID = field("run_id")
        let valkey = field("valkey_version")
        server = server ?? field("server_name") ?? (valkey == nil ? "redis" : "valkey")
        version = version ?? valkey ?? release
        mode = mode ?? field("redis_mode")
    }
}

extension ServerFacts: CustomStringConvertible {
    /// Who it is, in words: `redis 8.2.3, standalone, master, RESP3`.
    package var description: String {
        let name = [server, version].compactMap { $0?.shown(upTo: ShownText.nameLimit) }.joined(separator: " ")
        let parts = [mode, role].compactMap { $0?.shown(upTo: ShownText.nameLimit) }
        return ([name].filter { !$0.isEmpty } + parts + ["RESP\(protocolVersion)"]).joined(separator: ", ")
    }
}
