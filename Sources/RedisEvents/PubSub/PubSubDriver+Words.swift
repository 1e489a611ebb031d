// What the driver says, and how it names things.

extension SubscriptionMachine.Command {
    func encode(into buffer: inout [UInt8]) {
        let name = verb == .subscribe ? kind.subscribeCommand : kind.unsubscribeCommand
        CommandEncoder.appendHeader(argumentCount: targets.count + 1, to: &buffer)
        CommandEncoder.append(RedisBytes(String(describing: name)).rawSpan, to: &buffer)
        for target in targets { CommandEncoder.append(target.name.rawSpan, to: &buffer) }
    }
}

extension PubSub.Message.Kind {
    var subscriptionKind: RedisSubscriptionKind {
        switch self {
        case .message: .channel
        case .pmessage: .pattern
        case .smessage: .shardChannel
        }
    }
}

extension RedisError {
    static func handlerMissing(_ name: RedisBytes) -> RedisError {
        let text = "\(name.shown()) has no handler, and the reader takes handlers only"
        return RedisError(.handlerMissing, text, phase: .subscribe)
    }
}
