/// What a server said of itself when it was connected to. RESP2 links know only the protocol version.
public struct ServerFacts: Sendable, Hashable {
    /// 2 or 3: the version that this link speaks.
    public var protocolVersion: Int
    /// `redis` or `valkey`, or another name.
    public var server: String?
    /// The server's version. Valkey tells its own here.
    public var version: String?
    /// `standalone`, `cluster` or `sentinel`.
    public var mode: String?
    /// `master` or `replica`.
    public var role: String?
    /// The link's number in `CLIENT LIST`.
    public var clientID: Int?

    package init(protocolVersion: Int) { self.protocolVersion = protocolVersion }

    /// The reply of HELLO, read by key: forks add keys, Sentinel leaves some out.
    package init(hello: RESPValue) {
        protocolVersion = hello["proto"]?.integer ?? 3
        server = hello["server"]?.text
        version = hello["version"]?.text
        mode = hello["mode"]?.text
        role = hello["role"]?.text
        clientID = hello["id"]?.integer
    }
}
