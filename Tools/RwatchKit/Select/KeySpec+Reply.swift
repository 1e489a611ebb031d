import RedisRESP

extension KeySpec {
    /// The specifications of one command in the reply of COMMAND, without those that name no key.
    ///
    /// - Parameter reply: The ninth element of the command's description.
    /// - Returns: The specifications, and whether they are all there is: a server marks some as unknown or incomplete.
    static func read(_ reply: RESPValue) -> (specs: [KeySpec], isComplete: Bool) {
        var (specs, isComplete) = ([KeySpec](), true)
        for element in (reply.elements ?? []).prefix(32) {
            let flags = (element["flags"]?.elements ?? []).compactMap { $0.text?.lowercased() }
            // The slot of a shard channel is found like a key, and is none.
            if flags.contains("not_key") { continue }
            if flags.contains("incomplete") { isComplete = false }
            guard let spec = one(element) else {
                isComplete = false
                continue
            }
            specs.append(spec)
        }
        return (specs, isComplete)
    }

    private static func one(_ reply: RESPValue) -> KeySpec? {
        guard let begin = reply["begin_search"], let find = reply["find_keys"], let start = Begin(begin),
            let keys = Find(find)
        else { return nil }
        return .search(start, keys)
    }

    /// A number of a server that can be calculated with.
    fileprivate static func number(_ reply: RESPValue?) -> Int? {
        guard let value = reply?.integer, value > -largest, value < largest else { return nil }
        return value
    }
}

extension KeySpec.Begin {
    fileprivate init?(_ reply: RESPValue) {
        guard let spec = reply["spec"] else { return nil }
        switch reply["type"]?.text {
        case "index":
            guard let index = KeySpec.number(spec["index"]), index > 0 else { return nil }
            self = .index(index)
        case "keyword":
            guard let word = spec["keyword"]?.bytes, let start = KeySpec.number(spec["startfrom"]), start != 0 else {
                return nil
            }
            self = .keyword(word.map(ASCIICase.lowered), from: start)
        default: return nil
        }
    }
}

extension KeySpec.Find {
    fileprivate init?(_ reply: RESPValue) {
        guard let spec = reply["spec"] else { return nil }
        let step = KeySpec.number(spec["keystep"]) ?? 0
        guard step > 0 else { return nil }
        switch reply["type"]?.text {
        case "range":
            guard let last = KeySpec.number(spec["lastkey"]), let limit = KeySpec.number(spec["limit"]) else {
                return nil
            }
            self = .range(last: last, step: step, limit: limit)
        case "keynum":
            guard let index = KeySpec.number(spec["keynumidx"]), let first = KeySpec.number(spec["firstkey"]),
                index >= 0, first >= 0
            else { return nil }
            self = .counted(index: index, first: first, step: step)
        default: return nil
        }
    }
}
