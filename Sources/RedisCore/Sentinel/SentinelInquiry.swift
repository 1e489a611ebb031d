/// One round: all Sentinels that are known are asked at once, and those that they name as well.
struct SentinelInquiry: Sendable {
    /// How long those that have not answered yet are waited for once most have: the one that led a failover knows of it a
    /// moment before the others.
    private static let grace = Duration.milliseconds(100)

    private enum Event: Sendable {
        case reply(SentinelReply, from: RedisEndpoint)
        case graceIsOver
    }

    let question: SentinelQuestion

    /// Asks, learns whom to ask the next time, and returns what was said. It takes as long as the slowest Sentinel, at most
    /// the timeout of one question (twice that while others are still being found), and hardly longer than most take.
    func ask(_ panel: inout SentinelPanel) async -> SentinelBallot {
        let members = panel.members
        var ballot = SentinelBallot(asked: members)
        await withTaskGroup(of: Event.self) { group in
            for sentinel in members { add(sentinel, to: &group) }
            var isInGrace = false
            while !ballot.isComplete, let event = await group.next() {
                guard case .reply(let reply, let sentinel) = event else { break }
                if case .report(let report) = reply {
                    let new = panel.heard(sentinel, id: report.id, peers: report.peers)
                    ballot.ask(new)
                    for sentinel in new { add(sentinel, to: &group) }
                }
                ballot.add(reply, from: sentinel)
                guard ballot.hasMajority, !isInGrace else { continue }
                isInGrace = true
                group.addTask {
                    try? await Task.sleep(for: Self.grace)
                    return .graceIsOver
                }
            }
            group.cancelAll()
        }
        panel.roundEnded()
        return ballot
    }

    private func add(_ sentinel: RedisEndpoint, to group: inout TaskGroup<Event>) {
        group.addTask { [question] in .reply(await question.ask(sentinel), from: sentinel) }
    }
}
