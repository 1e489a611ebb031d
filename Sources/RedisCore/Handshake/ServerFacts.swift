/// What a server said about itself in the handshake. RESP2 links know only the protocol version.
package struct ServerFacts: Sendable, Hashable {
    /// 2 or 3: the version that this link speaks.
    package var protocolVersion: Int
    /// `redis` or `valkey`, or another name.
    package var server: String?
    /// The server's version. For Valkey, this is Valkey's own version.
    package var version: String?
    /// `standalone`, `cluster` or `sentinel`.
    package var mode: String?
    /// `master` or `replica`.
    package var role: String?
    /// The link's number in `CLIENT LIST`.
    package var clientID: Int?

    /// The run ID of the server, which changes at each restart; `nil` when the user has no right to read it (INFO).
    package var runID: String?

    /// The address at which the server was connected to.
    package var endpoint: RedisEndpoint?

    /// The server's counters at the handshake.
    package var stats: ServerStats?
    /// The setting `client-output-buffer-limit`, if it was requested.
    package var outputBufferLimits: String?

    /// How long connect and handshake took.
    package var answerTime = Duration.zero
    /// The link in the register of this process's links, if monitors need it.
    package internal(set) var own: OwnLink?

    package init(protocolVersion: Int) { self.protocolVersion = protocolVersion }

    /// Reads the reply of HELLO by key, because forks add keys and Sentinel leaves some out.
    package init(hello: RESPValue) {
        protocolVersion = hello["proto"]?.integer == 2 ? 2 : 3
        server = Self.fact(hello["server"])
        version = Self.fact(hello["version"])
        mode = Self.fact(hello["mode"])
        role = Self.fact(hello["role"])
        clientID = hello["id"]?.count
    }

    /// The longest name, version or number that is accepted. A longer one, or one that is not printable ASCII, counts
    /// as unknown.
    static let longestFact = 256

    static func fact(_ value: RESPValue?) -> String? { value?.bytes?.plainText(upTo: longestFact) }

    /// Adds the reply of `INFO server`, which is the only source for RESP2 links, because they have no HELLO.
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
    /// A description of the server: `redis 8.2.3, standalone, master, RESP3`.
    package var description: String {
        let name = [server, version].compactMap { $0?.shown(upTo: ShownText.nameLimit) }.joined(separator: " ")
        let parts = [mode, role].compactMap { $0?.shown(upTo: ShownText.nameLimit) }
        return ([name].filter { !$0.isEmpty } + parts + ["RESP\(protocolVersion)"]).joined(separator: ", ")
    }
}
