/// Finds the server that a link is to go to, where that is not one address for ever: the primary that Sentinels watch,
/// the node of a cluster that owns some slots. Asked anew before each attempt to connect.
package protocol ServerDiscovery: AnyObject, Sendable {
    /// Where to connect now. May take its time; the link does not wait for it when it is closed meanwhile.
    func locate() async throws(RedisError) -> RedisEndpoint

    /// A link to that server was lost, or an attempt to open one failed. Called on the loop.
    func serverFailed(_ endpoint: RedisEndpoint, _ error: RedisError)

    /// Whether the handshake has to find out the server's role (`ServerFacts.role`) where HELLO does not tell it.
    var needsRole: Bool { get }

    /// Why the server that has answered is none to stay with, if that is so. Called on the loop.
    func refusal(of facts: ServerFacts) -> RedisError?

    /// Whether the first attempt after the loss of a link that has lived need not wait, because it may go to another
    /// server.
    var hasAlternatives: Bool { get }

    /// The session has begun: from now on `relocate` may be called for it. Called on the loop, once.
    func attach(_ relocate: @escaping @Sendable (RedisError) -> Void)

    /// The session has ended for good. Called on the loop.
    func detach()
}

extension ServerDiscovery {
    package func serverFailed(_ endpoint: RedisEndpoint, _ error: RedisError) {}
    package var needsRole: Bool { false }
    package func refusal(of facts: ServerFacts) -> RedisError? { nil }
    package var hasAlternatives: Bool { true }
    package func attach(_ relocate: @escaping @Sendable (RedisError) -> Void) {}
    package func detach() {}
}
