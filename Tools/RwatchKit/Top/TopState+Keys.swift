import RedisRESP

extension TopState {
    /// Answers to a key.
    package mutating func handle(_ key: Key) -> [TopAction] {
        message = ""
        if key == .control("l") { return [.redraw] }
        if let prompt { return answer(prompt, key) }
        if showsHelp {
            showsHelp = false
            return key == .character("q") ? [.quit] : []
        }
        if key == .control("z") { return [.stop] }
        if key == .control("c") { return [.quit] }
        if detail != nil { return handleInDetail(key) }
        switch key {
        case .character(let character): return handle(character)
        case .enter: return look()
        case .tab: go(by: 1)
        case .backTab: go(by: -1)
        case .escape:
            guard filter != nil else { return [] }
            return setFilter(nil)
        case .click(let row, let column): return click(row, column)
        default: move(key)
        }
        return []
    }

    private mutating func handle(_ character: Unicode.Scalar) -> [TopAction] {
        switch character {
        case "q": return [.quit]
        case "h", "?": showsHelp = true
        case " ": if isFrozen { thaw() } else { isFrozen = true }
        case "1"..."7": if let tab = TopTab(rawValue: Int(character.value) - 0x31) { go(to: tab) }
        case "j": choose(place + 1)
        case "k": choose(place - 1)
        case "g": choose(0)
        case "G": choose(.max)
        case "n": choose(next(by: 1))
        case "N": choose(next(by: -1))
        case "s": sort(by: 1)
        case "S": sort(by: -1)
        case "r":
            order = TopOrder(column: order.column, isReversed: !order.isReversed)
            beginAtTop()
        case "/": prompt = .filter(filter?.text ?? "")
        case "+": return setInterval(1)
        case "-": return setInterval(-1)
        case "t":
            showsTotals.toggle()
            order = TopOrder(column: showsTotals ? .count : .rate)
            message = showsTotals ? "totals" : "rates"
        case "z":
            forgetHistory()
            message = "counts from zero"
            return [.zero]
        case "d", "D":
            let wanted = min(max(depth + (character == "d" ? 1 : -1), 1), 16)
            guard wanted != depth else { break }
            depth = wanted
            message = "prefixes have \(depth) \(depth == 1 ? "part" : "parts"); counts from zero"
            return [.depth(depth)]
        case "m": return askForMonitor()
        case "a":
            naming = naming.next
            message = "clients by \(naming.rawValue)"
            return [.naming(naming)]
        case "w": return [.write(tab, TopDump.lines(of: self))]
        case "y": return copy()
        default: break
        }
        return []
    }

    /// The place of the chosen row, or of the first line of the stream.
    private var place: Int { tab == .stream ? offset : chosenPlace(in: shownRows) }

    /// The next row of those that the filter has left, and the first behind the last.
    private func next(by step: Int) -> Int {
        let count = tab == .stream ? shownEvents.count : shownRows.count
        return count == 0 ? 0 : ((place + step) % count + count) % count
    }

    private mutating func move(_ key: Key) {
        switch key {
        case .up: choose(place - 1)
        case .down: choose(place + 1)
        case .wheelUp: choose(place - 3)
        case .wheelDown: choose(place + 3)
        case .pageUp, .control("b"), .control("u"): choose(place - page)
        case .pageDown, .control("f"), .control("d"): choose(place + page)
        case .home: choose(0)
        case .end: choose(.max)
        case .right: go(by: 1)
        case .left: go(by: -1)
        default: break
        }
    }

    private mutating func go(by step: Int) {
        let count = TopTab.allCases.count
        if let next = TopTab(rawValue: (tab.rawValue + step + count) % count) { go(to: next) }
    }

    private mutating func sort(by step: Int) {
        // The names are a column, too.
        let columns = [nil] + table.columns.filter(\.isShown).map { Optional($0) }
        let place = columns.firstIndex(of: order.column) ?? 0
        order = TopOrder(column: columns[(place + step + columns.count) % columns.count])
        message = "sorted by \(order.column.map { $0.title.lowercased() } ?? "name")"
        beginAtTop()
    }

    private mutating func setInterval(_ step: Int) -> [TopAction] {
        let slower = Self.intervals.first { $0 > interval } ?? interval
        let faster = Self.intervals.last { $0 < interval } ?? interval
        interval = step > 0 ? slower : faster
        message = "every \(DecimalFraction.text(Double(interval) / 1000, decimals: interval % 1000 == 0 ? 0 : 2)) s"
        return [.interval(interval)]
    }

    private mutating func askForMonitor() -> [TopAction] {
        guard canMonitor else {
            message = "the source was chosen at the start"
            return []
        }
        if snapshot.header.source == .monitor {
            forgetHistory()
            message = "MONITOR ends"
            return [.monitor(false)]
        }
        prompt = .monitor
        return []
    }

    private mutating func copy() -> [TopAction] {
        let rows = shownRows
        guard tab != .stream, !rows.isEmpty else { return [] }
        message = "copied, if the terminal permits it"
        return [.copy(rows[chosenPlace(in: rows)].name)]
    }

    private mutating func click(_ row: Int, _ column: Int) -> [TopAction] {
        let layout = TopLayout(self)
        if row == layout.tabs, let tab = layout.tab(at: column, self) {
            go(to: tab)
        } else if tab != .stream, layout.body.contains(row), row > layout.body.lowerBound {
            let place = offset + row - layout.body.lowerBound - 1
            if place < shownRows.count { choose(place) }
        }
        return []
    }

    // MARK: One row

    /// Looks at the chosen row alone.
    private mutating func look() -> [TopAction] {
        let rows = shownRows
        guard tab != .stream, !rows.isEmpty else { return [] }
        detail = Detail(tab: tab, row: rows[chosenPlace(in: rows)], events: [])
        return [.events]
    }

    private mutating func handleInDetail(_ key: Key) -> [TopAction] {
        switch key {
        case .escape, .backspace, .left: detail = nil
        case .character("q"): return [.quit]
        case .character("h"), .character("?"): showsHelp = true
        case .character(" "): if isFrozen { thaw() } else { isFrozen = true }
        case .character("y"): if let row = detail?.row { return [.copy(row.name)] }
        case .character("m"): return askForMonitor()
        case .up, .character("k"): scroll(by: -1)
        case .down, .character("j"): scroll(by: 1)
        case .wheelUp: scroll(by: -3)
        case .wheelDown: scroll(by: 3)
        case .pageUp: scroll(by: -page)
        case .pageDown: scroll(by: page)
        case .home, .character("g"): scroll(by: -1000)
        case .end, .character("G"): scroll(by: 1000)
        default: break
        }
        return []
    }

    private mutating func scroll(by step: Int) {
        guard let now = detail else { return }
        let last = max(TopDetail.lines(of: now, in: self).count - TopLayout(self).body.count, 0)
        detail?.offset = min(max(now.offset + step, 0), last)
    }

    // MARK: Questions

    private mutating func answer(_ prompt: Prompt, _ key: Key) -> [TopAction] {
        switch prompt {
        case .monitor:
            self.prompt = nil
            guard key == .character("y") else { return [] }
            forgetHistory()
            message = "MONITOR begins"
            return [.monitor(true)]
        case .filter(var text):
            switch key {
            case .escape, .control("c"): self.prompt = nil
            case .enter: return enter(text)
            case .backspace:
                if text.isEmpty { self.prompt = nil } else { self.prompt = .filter(String(text.dropLast())) }
            case .control("u"): self.prompt = .filter("")
            case .character(let scalar) where text.unicodeScalars.count < 500:
                text.unicodeScalars.append(scalar)
                self.prompt = .filter(text)
            default: break
            }
            return []
        }
    }

    private mutating func enter(_ text: String) -> [TopAction] {
        guard !text.isEmpty else {
            prompt = nil
            return filter == nil ? [] : setFilter(nil)
        }
        do throws(ExpressionError) {
            let filter = try TopFilter(text)
            let hasEvents = snapshot.header.source != .stats
            if hasEvents, filter.needsClients {
                message = "names and users of clients are for --where"
                return []
            }
            prompt = nil
            return setFilter(filter)
        } catch {
            // What was typed stays there, to be mended.
            message = error.message
            return []
        }
    }

    private mutating func setFilter(_ new: TopFilter?) -> [TopAction] {
        let before = filter
        filter = new
        beginAtTop()
        // Of events, a condition selects those that are counted.
        guard snapshot.header.source != .stats else { return [] }
        if let new, !new.isWord { return [.select(new.text)] }
        return before.map { !$0.isWord } ?? false ? [.select(nil)] : []
    }
}
