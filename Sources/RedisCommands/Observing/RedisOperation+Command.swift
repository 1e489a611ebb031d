internal import RedisRESP

extension RedisOperation {
    /// A command, as an observer sees it.
    init(_ command: RedisCommand, _ configuration: RedisConfiguration, keys: Bool) {
        let known = RedisCommandClass.entry(of: command)
        var isBlocking = false
        if case .exclusive = LinkRule.need(of: command) { isBlocking = true }
        self.init(
            kind: .command,
            name: known?.label ?? RedisOperation.otherName,
            effect: RedisOperation.Effect(.of(command)),
            isBlocking: isBlocking,
            byteCount: command.encoded.count,
            database: configuration.database,
            keys: keys ? command.knownKeys : []
        )
    }

    /// A batch or a transaction, as an observer sees it.
    init(_ batch: RedisBatch, as kind: Kind, named pipelineName: String?, _ configuration: RedisConfiguration) {
        let word = kind == .transaction ? "MULTI" : "PIPELINE"
        let common = batch.commonName.flatMap { RedisCommandClass.word(of: $0) }
        self.init(
            kind: kind,
            name: common.map { "\(word) \($0)" } ?? word,
            commandCount: batch.count,
            byteCount: batch.encoded.count,
            pipelineName: pipelineName,
            database: configuration.database
        )
    }
}

extension RedisOperation.Effect {
    init(_ commandClass: RedisCommandClass) {
        self =
            switch commandClass {
            case .readOnly: .readOnly
            case .checked: .checked
            case .lastWriteWins: .lastWriteWins
            case .accumulating: .accumulating
            case .admin: .admin
            }
    }
}

extension RedisBatch {
    /// The first command, if all commands have its name.
    fileprivate var commonName: RedisCommand? {
        guard count > 0 else { return nil }
        let first = nameRange(of: 0)
        for index in 1..<max(count, 1) {
            let name = nameRange(of: index)
            guard name.count == first.count else { return nil }
            for offset in 0..<name.count
            where encoded[name.lowerBound + offset] | 0x20 != encoded[first.lowerBound + offset] | 0x20 {
                return nil
            }
        }
        return command(at: 0)
    }

    private func nameRange(of index: Int) -> Range<Int> {
        var reader = ArgumentReader(encoded, from: range(of: index).lowerBound)
        return reader.next() ?? 0..<0
    }
}

extension RedisCommand {
    /// The keys whose positions are known without asking a server.
    var knownKeys: [RedisBytes] {
        guard let rule = KeyTable.rules[name.commandName ?? ""] else { return [] }
        let arguments = arguments
        guard case .known(let first, let step, let count, let also) = rule.places(in: arguments) else { return [] }
        return (0..<count).map { arguments[first + $0 * step] } + (also.map { [arguments[$0]] } ?? [])
    }
}
