/// The ports of one cluster node: that of its clients, and that of the cluster's bus, 10000 above it.
///
/// Both stay reserved for as long as the node may return: the range that they come from is also that of outgoing connections,
/// one of which could otherwise take the port while its node is down. `cluster-port` would leave more choice, but servers
/// before 7.0 do not know it.
final class ClusterPorts: Sendable {
    let client: PortReservation
    private let bus: PortReservation

    private static let distance = 10_000

    init() throws(RedisTestingError) {
        // Those that will not do are kept until one does, so that the kernel comes up with others.
        var unfit: [PortReservation] = []
        defer { for reservation in unfit { reservation.close() } }
        while true {
            let candidate = try PortReservation()
            do throws(RedisTestingError) {
                bus = try PortReservation(port: candidate.port + Self.distance)
                client = candidate
                return
            } catch {
                unfit.append(candidate)
                if unfit.count >= 50 { throw error }
            }
        }
    }

    /// Lets both go.
    func close() {
        client.close()
        bus.close()
    }
}
