/// The kinds of pushes that belong to Pub/Sub, by the first element.
enum PushKind {
    case message(PubSub.Message.Kind)
    case confirmation(SubscriptionMachine.Verb, RedisSubscriptionKind)
    case pong

    /// `nil` for an unknown kind.
    init?(_ name: RawSpan) {
        // The length and one byte leave one candidate; a full comparison decides.
        let found: (StaticString, PushKind)
        switch (name.byteCount, name.byteCount > 0 ? name.byte(at: 0) : 0) {
        case (7, _): found = ("message", .message(.message))
        case (8, UInt8(ascii: "p")): found = ("pmessage", .message(.pmessage))
        case (8, _): found = ("smessage", .message(.smessage))
        case (9, _): found = ("subscribe", .confirmation(.subscribe, .channel))
        case (10, UInt8(ascii: "p")): found = ("psubscribe", .confirmation(.subscribe, .pattern))
        case (10, _): found = ("ssubscribe", .confirmation(.subscribe, .shardChannel))
        case (11, _): found = ("unsubscribe", .confirmation(.unsubscribe, .channel))
        case (12, UInt8(ascii: "p")): found = ("punsubscribe", .confirmation(.unsubscribe, .pattern))
        case (12, _): found = ("sunsubscribe", .confirmation(.unsubscribe, .shardChannel))
        case (4, _): found = ("pong", .pong)
        default: return nil
        }
        guard name.equals(found.0) else { return nil }
        self = found.1
    }
}

extension SubscriptionMachine.Command {
    func encode(into buffer: inout [UInt8]) {
        let name = verb == .subscribe ? kind.subscribeCommand : kind.unsubscribeCommand
        CommandEncoder.appendHeader(argumentCount: targets.count + 1, to: &buffer)
        CommandEncoder.append(RedisBytes(String(describing: name)).rawSpan, to: &buffer)
        for target in targets { CommandEncoder.append(target.name.rawSpan, to: &buffer) }
    }
}
