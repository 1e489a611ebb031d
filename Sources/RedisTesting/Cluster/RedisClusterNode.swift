/// One node of a ``RedisCluster``. All members may be called from any thread and any task.
public final class RedisClusterNode: Sendable, Hashable, CustomStringConvertible {
    /// What is remembered of the node while it cannot be asked.
    struct Memory {
        var id: String
        /// The slots that it was last seen to own.
        var slots: [ClosedRange<Int>] = []
        /// What it was called before it was emptied, for as long as it has not met the others again.
        var formerID: String?
    }

    static let configurationFile = "nodes.conf"

    /// The server, to be driven as any ``RedisServer``; what concerns the cluster is better asked of ``RedisCluster``.
    public let server: RedisServer
    /// Its place in ``RedisCluster/nodes``.
    public let index: Int
    let memory: Locked<Memory>

    init(server: RedisServer, index: Int) throws(RedisTestingError) {
        self.server = server
        self.index = index
        memory = Locked(Memory(id: try server.command("CLUSTER", "MYID")))
    }

    /// The port for clients, the same for the node's whole life; that of the bus is 10000 above it.
    public var port: Int { server.port }

    /// `127.0.0.1:port`, as MOVED and CLUSTER SHARDS name it.
    public var address: String { "127.0.0.1:\(port)" }

    /// `redis://127.0.0.1:port`, with the password when there is one: this node alone.
    public var url: String { server.url }

    /// Its name in the cluster, 40 hexadecimal digits; another one after ``RedisCluster/restartEmpty(_:)``.
    public var id: String { memory.withLock { $0.id } }

    /// Whether its process runs and is not paused.
    public var isServing: Bool { server.isServing }

    /// Sends one command to this node, as ``RedisServer/command(_:)-(String...)``.
    ///
    /// - Throws: As ``RedisServer/command(_:)-(String...)``.
    @discardableResult
    public func command(_ arguments: String...) throws(RedisTestingError) -> String {
        try server.command(arguments.map { Array($0.utf8) })
    }

    /// What the node believes of the cluster; also notes what it says of itself.
    package func view() throws(RedisTestingError) -> ClusterView {
        let view = ClusterView(try command("CLUSTER", "NODES"))
        if let own = view.own, !own.slots.isEmpty { memory.withLock { $0.slots = own.slots } }
        return view
    }

    /// Removes a file of its folder.
    func discard(_ file: String) { FileSystem.removeTree("\(server.directory)/\(file)") }

    /// For example `node 2 (127.0.0.1:40123)`.
    public var description: String { "node \(index) (\(address))" }

    /// Whether both are the same node.
    public static func == (lhs: RedisClusterNode, rhs: RedisClusterNode) -> Bool { lhs === rhs }

    /// Hashes the node's identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
