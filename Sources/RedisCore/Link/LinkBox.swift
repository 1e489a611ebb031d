/// A connection on its way from one session to another of the same loop.
final class LinkBox {
    var socket: Socket?
    var input: LinkInput
    var output = WriteBuffer()
    let facts: ServerFacts?
    let lastReceived: Moment

    init(_ socket: consuming Socket, _ input: consuming LinkInput, facts: ServerFacts?, lastReceived: Moment) {
        self.socket = consume socket
        self.input = input
        self.facts = facts
        self.lastReceived = lastReceived
    }

    func takeInput(limits: FrameLimits) -> LinkInput { exchange(&input, with: LinkInput(limits: limits)) }
}
