/// Where in a cluster a command belongs, as far as it tells by itself.
package enum CommandTarget: Hashable {
    /// To who serves this slot.
    case slot(Int)
    /// It has no keys.
    case anywhere
    /// Nowhere: no node has all of its keys.
    case severalSlots
    /// A server knows where its keys stand (COMMAND GETKEYS).
    case asked
    /// Neither the table nor the rules that were learnt know the command.
    case unknown

    /// Looks at `command`. What the table does not know may be among the `learnt` rules.
    package init(_ command: RedisCommand, learnt: [String: KeyRule] = [:]) {
        guard let name = command.arguments.first?.commandName else {
            self = .anywhere
            return
        }
        guard let rule = KeyTable.rules[name] ?? learnt[name] else {
            self = .unknown
            return
        }
        self.init(command, rule)
    }

    /// Looks at `command`, whose keys stand where `rule` says.
    package init(_ command: RedisCommand, _ rule: KeyRule) {
        switch rule.places(in: command.arguments) {
        case .asked: self = .asked
        case .known(let first, _, 1, nil):
            self = .slot(HashSlot.slot(of: command.arguments[first]))
        case .known(let first, let step, let count, let also):
            var keys = (0..<count).map { command.arguments[first + $0 * step] }
            if let also { keys.append(command.arguments[also]) }
            self.init(keys: keys)
        }
    }

    /// For a command with these keys.
    package init(keys: [RedisBytes]) {
        guard let first = keys.first else {
            self = .anywhere
            return
        }
        let slot = HashSlot.slot(of: first)
        let isOne = keys.dropFirst().allSatisfy { HashSlot.slot(of: $0) == slot }
        self = isOne ? .slot(slot) : .severalSlots
    }
}
