/// Where in a cluster a command belongs, as far as the command itself shows it.
package enum CommandTarget: Hashable {
    /// The node that serves this slot.
    case slot(Int)
    /// Any node, because the command has no keys.
    case anywhere
    /// No node, because no node has all of its keys.
    case severalSlots
    /// A server has to be asked for the positions of its keys (COMMAND GETKEYS).
    case asked
    /// The command is neither in the table nor in the learned rules.
    case unknown

    /// The target of `command`. If the table does not know the command, the `learnt` rules may.
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

    /// The target of `command`, whose keys are at the positions of `rule`.
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

    /// The target of a command with these keys.
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
