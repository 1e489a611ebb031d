/// What came of asking one Sentinel.
package enum SentinelReply: Sendable {
    case report(SentinelReport)
    /// It watches nothing by that name.
    case unknownName
    case failed(RedisError)

    /// Reads the replies to `SentinelQuestion.commands`, in their order.
    ///
    /// The address is that of GET-MASTER-ADDR-BY-NAME: while a failover is being finished, its leader has the new epoch in the
    /// reply to MASTER already, but beside the old address. The epoch is not known to whoever may not ask for MASTER.
    ///
    /// - Parameter most: How many Sentinels, and how many replicas, may be named.
    package init(
        _ replies: [Result<RESPValue, RedisError>],
        most: Int = RedisSentinelConfiguration(sentinels: [], name: "").maximumInstances
    ) {
        func value(_ index: Int) -> RESPValue? {
            index < replies.count ? try? replies[index].get() : nil
        }
        let primary = SentinelReport.fields(value(1))
        let endpoint: RedisEndpoint?
        switch replies.first {
        case .success(.null):
            self = .unknownName
            return
        case .success(let reply):
            let parts = reply.elements ?? []
            endpoint = parts.count == 2 ? RedisEndpoint(sentinelHost: parts[0].text, port: parts[1].text) : nil
        case .failure(let error):
            endpoint = RedisEndpoint(sentinelFields: primary)
            if endpoint == nil {
                self = .failed(error)
                return
            }
        case nil: endpoint = nil
        }
        guard let endpoint else {
            self = .failed(RedisError(.unexpectedReply, "no address in the reply", phase: .command))
            return
        }
        guard [3, 4].allSatisfy({ value($0)?.elements?.count ?? 0 <= most }) else {
            let text = "it names more instances than SentinelConfiguration.maximumInstances, \(most)"
            self = .failed(RedisError(.limitExceeded, text, phase: .command))
            return
        }
        self = .report(
            SentinelReport(
                id: value(2)?.bytes?.plainText(upTo: 64)?.sentinelID,
                primary: endpoint,
                epoch: primary["config-epoch"]?.utf8.decimal() ?? 0,
                peers: SentinelReport.peers(value(3)),
                replicas: SentinelReport.replicas(value(4))
            )
        )
    }
}
