/// Finds the server for a link, where that is not one fixed address: the primary that Sentinels watch, or the node of a
/// cluster that owns some slots. It is asked before each attempt to connect.
package protocol ServerDiscovery: AnyObject, Sendable {
    /// The address to connect to now. It may take a while; a link that is closed meanwhile does not wait for it.
    func locate() async throws(RedisError) -> RedisEndpoint

    /// A link to that server was lost, or an attempt to open one failed. Called on the loop.
    func serverFailed(_ endpoint: RedisEndpoint, _ error: RedisError)

    /// Whether the handshake has to find out the server's role (`ServerFacts.role`) where HELLO does not tell it.
    var needsRole: Bool { get }

    /// Why the connected server is not the right one; `nil` if it is. Called on the loop.
    func refusal(of facts: ServerFacts) -> RedisError?

    /// Whether the first attempt after the loss of a link that was ready for a while need not wait, because it may go
    /// to another server.
    var hasAlternatives: Bool { get }

    /// A server, another than that of the link if possible, whose publishes have to reach the link; `nil` if that is the
    /// one to which the link's configuration leads.
    var publisher: RedisEndpoint? { get }

    /// Called when the session has begun: from now on the discovery may call `relocate`. Called on the loop, once.
    func attach(_ relocate: @escaping @Sendable (RedisError) -> Void)

    /// Called when the session has ended for good. Called on the loop.
    func detach()
}

extension ServerDiscovery {
    package func serverFailed(_ endpoint: RedisEndpoint, _ error: RedisError) {}
    package var needsRole: Bool { false }
    package func refusal(of facts: ServerFacts) -> RedisError? { nil }
    package var hasAlternatives: Bool { true }
    package var publisher: RedisEndpoint? { nil }
    package func attach(_ relocate: @escaping @Sendable (RedisError) -> Void) {}
    package func detach() {}
}
