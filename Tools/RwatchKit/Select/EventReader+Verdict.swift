import RedisEvents
import RedisRESP

extension EventReader {
    /// Whether an event fulfils a condition.
    mutating func verdict(_ expression: Expression, _ event: borrowing SelectedEvent) -> Verdict {
        switch expression {
        case .test(let field, let test): return verdict(field, test, event)
        case .not(let part): return verdict(part, event).opposite
        case .all(let parts):
            var whole = Verdict.yes
            for part in parts {
                let one = verdict(part, event)
                if one == .no { return .no }
                if one == .unknown { whole = .unknown }
            }
            return whole
        case .any(let parts):
            var whole = Verdict.no
            for part in parts {
                let one = verdict(part, event)
                if one == .yes { return .yes }
                if one == .unknown { whole = .unknown }
            }
            return whole
        }
    }

    private mutating func verdict(
        _ field: ExpressionField,
        _ test: ExpressionTest,
        _ event: borrowing SelectedEvent
    ) -> Verdict {
        switch field {
        case .command: return commandVerdict(test, event.content)
        case .key:
            return event.kind == .key
                ? Verdict(test.passes(event.content, &matchers)) : keyVerdict(test, event.content)
        case .keyCount: return keyCount(event.content).map { Verdict(test.passes($0)) } ?? .unknown
        case .argument(let index): return argumentVerdict(index + 1, test, event.content)
        case .argumentCount:
            readHeader(event.content)
            return arguments.count(in: event.content).map { Verdict(test.passes($0 - 1)) } ?? .unknown
        case .client: return clientVerdict(test, event.content)
        // Of whom nothing is known has no name.
        case .clientName:
            let name = event.client?.name ?? []
            return Verdict(test.passes(name.rawSpan, &matchers))
        case .user:
            let user = event.client?.user ?? []
            return Verdict(test.passes(user.rawSpan, &matchers))
        case .database:
            if event.kind == .key { return Verdict(test.passes(event.database)) }
            readHeader(event.content)
            return database.map { Verdict(test.passes($0)) } ?? .unknown
        case .size: return sizeVerdict(test, event)
        case .channel, .event: return Verdict(test.passes(event.name, &matchers))
        case .pattern:
            return Verdict(event.kind == .patternMessage && test.passes(event.pattern, &matchers))
        case .payload: return Verdict(test.passes(event.content, &matchers))
        case .kind: return Verdict(test.passes(event.kind.name.rawSpan, &matchers))
        case .node:
            let name = node(event.node)
            return Verdict(!name.isEmpty && test.passes(name.rawSpan, &matchers))
        case .isFromScript where event.isFromScript: return Verdict(test.passes(1))
        case .isFromScript:
            readHeader(event.content)
            guard let source else { return .unknown }
            return Verdict(test.passes(event.content.part(source).equals("lua") ? 1 : 0))
        case .identifier: return Verdict(test.passes(event.pattern, &matchers))
        case .value(let name, let path): return fieldVerdict(name, path, test, event.content)
        case .json(let path): return Verdict(jsonPasses(path, test, event.content))
        case .line:
            if event.kind == .command { return Verdict(test.passes(event.content, &matchers)) }
            writeText(event)
            return Verdict(textPasses(test))
        }
    }

    private mutating func commandVerdict(_ test: ExpressionTest, _ line: RawSpan) -> Verdict {
        readHeader(line)
        if case .isInCategory = test { return command(of: line).map { Verdict($0.isInCategory) } ?? .unknown }
        guard let name = arguments.argument(0, in: line) else { return .unknown }
        if case .isNamed(let names) = test, !name.isEscaped {
            return Verdict(names.find(name.span(in: line)) != nil)
        }
        guard decode(name, in: line) else { return .unknown }
        for index in scratch.indices { scratch[index] = ASCIICase.lowered(scratch[index]) }
        return Verdict(scratchPasses(test))
    }

    private mutating func argumentVerdict(_ index: Int, _ test: ExpressionTest, _ line: RawSpan) -> Verdict {
        readHeader(line)
        guard let bounds = arguments.argument(index, in: line) else { return arguments.isBroken ? .unknown : .no }
        return verdict(bounds, test, line)
    }

    private mutating func verdict(_ bounds: LineArguments.Bounds, _ test: ExpressionTest, _ line: RawSpan) -> Verdict {
        guard bounds.isEscaped else { return Verdict(test.passes(bounds.span(in: line), &matchers)) }
        guard decode(bounds, in: line) else { return .unknown }
        return Verdict(scratchPasses(test))
    }

    /// A command fulfils a condition on its keys when one of them does; the condition that a key is not something, when
    /// it has keys and none of them is.
    private mutating func keyVerdict(_ test: ExpressionTest, _ line: RawSpan) -> Verdict {
        guard let command = command(of: line) else { return .unknown }
        var (isEvery, isUnknown, hasKeys) = (false, false, false)
        if case .isNoneOf = test { isEvery = true }
        for spec in command.specs {
            guard let places = spec.places(in: line, &arguments) else {
                isUnknown = true
                continue
            }
            var index = places.first
            while index <= places.last {
                guard let bounds = arguments.argument(index, in: line) else {
                    isUnknown = true
                    break
                }
                hasKeys = true
                switch verdict(bounds, test, line) {
                case .yes where !isEvery: return .yes
                case .no where isEvery: return .no
                case .unknown: isUnknown = true
                case .yes, .no: break
                }
                index += places.step
            }
        }
        return isUnknown ? .unknown : Verdict(isEvery && hasKeys)
    }

    private mutating func keyCount(_ line: RawSpan) -> Int? {
        guard let command = command(of: line) else { return nil }
        var count = 0
        for spec in command.specs {
            guard let places = spec.places(in: line, &arguments) else { return nil }
            if places.last >= places.first { count += (places.last - places.first) / places.step + 1 }
        }
        return count
    }

    private mutating func clientVerdict(_ test: ExpressionTest, _ line: RawSpan) -> Verdict {
        readHeader(line)
        guard let source else { return .unknown }
        let bytes = line.part(source)
        switch test {
        case .isOneOf(let values): return Verdict(isOne(of: values, bytes))
        case .isNoneOf(let values): return Verdict(!isOne(of: values, bytes))
        default: return Verdict(test.passes(bytes, &matchers))
        }
    }

    private func isOne(of values: [ExpressionValue], _ source: RawSpan) -> Bool {
        let client = ClientAddress(source)
        for value in values {
            if let clients = value.clients {
                if let client, clients.matches(client) { return true }
            } else if source.equals(value.bytes.rawSpan) {
                return true
            }
        }
        return false
    }

    private mutating func sizeVerdict(_ test: ExpressionTest, _ event: borrowing SelectedEvent) -> Verdict {
        if event.kind == .entry {
            arguments.begin(at: 0)
            guard arguments.count(in: event.content) != nil else { return .unknown }
            return arguments.decodedLength(from: 0, in: event.content).map { Verdict(test.passes($0)) } ?? .unknown
        }
        guard event.kind == .command else { return Verdict(test.passes(event.content.byteCount)) }
        // A line is longer than its arguments, so that a short one need not be taken apart.
        switch test {
        case .isAtLeast(let value), .isGreater(let value):
            if event.content.byteCount < value.integer ?? 0 { return .no }
        default: break
        }
        return size(of: event.content).map { Verdict(test.passes($0)) } ?? .unknown
    }

    /// Whether a field of an entry fulfils a condition: any of that name. A value that is no JSON is a text.
    private mutating func fieldVerdict(
        _ name: [UInt8],
        _ path: [JSONScan.Step],
        _ test: ExpressionTest,
        _ fields: RawSpan
    ) -> Verdict {
        arguments.begin(at: 0)
        var index = 0
        while let bounds = arguments.argument(index, in: fields),
            let value = arguments.argument(index + 1, in: fields)
        {
            index += 2
            guard decode(bounds, in: fields), scratch == name, decode(value, in: fields) else { continue }
            let text = exchange(&scratch, with: [])
            if path.isEmpty ? valuePasses(test, text.rawSpan) : jsonPasses(path, test, text.rawSpan) { return .yes }
        }
        return .no
    }

    /// Whether the value of a field passes: as a text, and as a number if it is one.
    private mutating func valuePasses(_ test: ExpressionTest, _ value: RawSpan) -> Bool {
        let asText = test.passes(.string, value, &matchers)
        guard DecimalText.isNumber(value) else { return asText }
        let asNumber = test.passes(.number, value, &matchers)
        if case .isNoneOf = test { return asText && asNumber }
        return asText || asNumber
    }

    private mutating func jsonPasses(_ path: [JSONScan.Step], _ test: ExpressionTest, _ payload: RawSpan) -> Bool {
        guard let found = JSONScan.find(path, in: payload) else { return false }
        let raw = payload.part(found.range)
        guard case .string = found.kind else { return test.passes(found.kind, raw, &matchers) }
        scratch.removeAll(keepingCapacity: true)
        JSONString.append(raw, to: &scratch)
        var matchers = exchange(&self.matchers, with: [])
        defer { self.matchers = matchers }
        return test.passes(found.kind, scratch.rawSpan, &matchers)
    }

    // The matchers are taken out, because they change while the bytes beside them are borrowed.

    private mutating func scratchPasses(_ test: ExpressionTest) -> Bool {
        var matchers = exchange(&self.matchers, with: [])
        defer { self.matchers = matchers }
        return test.passes(scratch.rawSpan, &matchers)
    }

    private mutating func textPasses(_ test: ExpressionTest) -> Bool {
        var matchers = exchange(&self.matchers, with: [])
        defer { self.matchers = matchers }
        return test.passes(text.bytes, &matchers)
    }
}
