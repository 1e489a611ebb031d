/// Gives each command to a closure, on the loop, and the rest to readers.
final class MonitorInlineSink: MonitorSink {
    private let body: @Sendable (borrowing Monitor.CommandView) -> Void
    private let others: MailboxSink<Monitor.Event>

    init(_ others: MailboxSink<Monitor.Event>, _ body: @escaping @Sendable (borrowing Monitor.CommandView) -> Void) {
        self.others = others
        self.body = body
    }

    func lines(_ run: inout LineRun) {
        let body = body
        while run.next() {
            if let command = Monitor.CommandView(run.line, run.node) {
                body(command)
            } else {
                others.line(run.line, node: run.node)
            }
        }
    }

    func line(_ line: RawSpan, node: NodeNumber) {
        if let command = Monitor.CommandView(line, node) { body(command) } else { others.line(line, node: node) }
    }

    func event(_ event: Monitor.Event) { others.event(event) }

    func turnEnded(isDrained: Bool) { others.turnEnded(isDrained: isDrained) }

    var failure: RedisError? { others.failure }

    func ended(_ error: RedisError?) { others.ended(error) }
}
