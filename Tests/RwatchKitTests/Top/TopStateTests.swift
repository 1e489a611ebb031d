import RwatchKit
import TestSupport
import Testing

@Suite("Keys of rwatch top", .tags(.unit))
struct TopStateTests {
    private func names(_ state: TopState) -> [String] {
        state.shownRows.map { String(decoding: $0.name, as: UTF8.self) }
    }

    private func chosen(_ state: TopState) -> String {
        let rows = state.shownRows
        return rows.isEmpty ? "" : String(decoding: rows[state.chosenPlace(in: rows)].name, as: UTF8.self)
    }

    private func type(_ text: String, _ state: inout TopState) -> [TopAction] {
        text.unicodeScalars.flatMap { state.handle(.character($0)) }
    }

    @Test("choose tables by number, Tab and arrows, round and round")
    func tabs() {
        var state = TopScene.state(TopScene.stats(), columns: 80, rows: 24)
        #expect(state.tab == .commands)
        for (number, tab) in TopTab.allCases.enumerated() {
            #expect(state.handle(.character(Unicode.Scalar(UInt8(0x31 + number)))).isEmpty)
            #expect(state.tab == tab)
        }
        _ = state.handle(.tab)
        #expect(state.tab == .commands)
        _ = state.handle(.backTab)
        #expect(state.tab == .stream)
        _ = state.handle(.right)
        _ = state.handle(.left)
        #expect(state.tab == .stream)
        _ = state.handle(.click(row: 3, column: 14))
        #expect(state.tab == .keys)
    }

    @Test("move the chosen row, which stays chosen when the order changes")
    func moving() {
        var state = TopScene.state(TopScene.stats(), columns: 80, rows: 24)
        #expect(names(state) == ["get", "set", "info"] && chosen(state) == "get")
        _ = state.handle(.down)
        #expect(chosen(state) == "set")
        _ = state.handle(.character("G"))
        #expect(chosen(state) == "info")
        _ = state.handle(.character("j"))
        #expect(chosen(state) == "info")
        _ = state.handle(.character("n"))
        #expect(chosen(state) == "get")
        _ = state.handle(.character("N"))
        #expect(chosen(state) == "info")
        _ = state.handle(.wheelUp)
        #expect(chosen(state) == "get")
        _ = state.handle(.click(row: 6, column: 3))
        #expect(chosen(state) == "set")
        // A row that is gone: the one at its place is chosen.
        state.take(TopSnapshot())
        #expect(chosen(state) == "")
    }

    @Test("sort by each column, and the other way round")
    func sorting() {
        var state = TopScene.state(TopScene.stats(), columns: 80, rows: 24)
        #expect(state.order == TopOrder(column: .rate))
        _ = state.handle(.character("S"))
        #expect(state.order.column == nil && names(state) == ["get", "info", "set"])
        _ = state.handle(.character("r"))
        #expect(names(state) == ["set", "info", "get"])
        var seen: [TopColumn?] = []
        for _ in 0..<12 {
            _ = state.handle(.character("s"))
            seen.append(state.order.column)
        }
        #expect(seen.first == .rate && seen.contains(.p99) && !seen.contains(.last) && seen.contains(nil))
        _ = type("t", &state)
        #expect(state.order.column == .count && state.showsTotals)
    }

    @Test("filter by a word, and by a condition in the language of --where")
    func filter() {
        var state = TopScene.state(TopScene.stats(), columns: 80, rows: 24)
        #expect(type("/E", &state).isEmpty && state.prompt == .filter("E"))
        _ = state.handle(.backspace)
        #expect(type("SET", &state).isEmpty && state.prompt == .filter("SET"))
        #expect(state.handle(.enter).isEmpty && state.prompt == nil)
        #expect(names(state) == ["set"])
        #expect(state.handle(.escape).isEmpty)
        #expect(names(state).count == 3)
        _ = type("/cmd in (GET, INFO)", &state)
        _ = state.handle(.enter)
        #expect(names(state) == ["get", "info"])
        _ = type("4/", &state)
        _ = state.handle(.control("u"))
        _ = type("client.name = \"web-1\"", &state)
        _ = state.handle(.enter)
        #expect(names(state) == ["10.1.0.1:5001"])
        // What is wrong stays there, with the reason.
        _ = type("/", &state)
        _ = state.handle(.control("u"))
        _ = type("cmd = = 4", &state)
        _ = state.handle(.enter)
        #expect(state.prompt == .filter("cmd = = 4") && !state.message.isEmpty)
        _ = state.handle(.escape)
        #expect(state.prompt == nil && state.filter?.text == "client.name = \"web-1\"")
    }

    @Test("select events where there are some, and count anew")
    func selecting() {
        var state = TopScene.state(TopScene.monitor(), columns: 80, rows: 24)
        _ = type("/cmd = GET", &state)
        #expect(state.handle(.enter) == [.select("cmd = GET")])
        #expect(state.handle(.escape) == [.select(nil)])
        _ = type("/user", &state)
        #expect(state.handle(.enter).isEmpty)
        _ = type("2", &state)
        #expect(names(state) == ["user:1", "user:2"])
        _ = type("/", &state)
        _ = state.handle(.control("u"))
        _ = type("client.name = \"x\"", &state)
        #expect(state.handle(.enter).isEmpty && state.message == "names and users of clients are for --where")
    }

    @Test("freeze the display and not the counting")
    func freezing() {
        var state = TopScene.state(TopScene.stats(), columns: 80, rows: 24)
        _ = state.handle(.character(" "))
        #expect(state.isFrozen)
        state.take(TopSnapshot(at: 7))
        #expect(names(state).count == 3 && state.history.all.count == 4)
        _ = state.handle(.character(" "))
        #expect(!state.isFrozen && state.snapshot.time == 7 && names(state).isEmpty)
    }

    @Test("tell the driver what to do")
    func actions() {
        var state = TopScene.state(TopScene.stats(), columns: 80, rows: 24)
        #expect(state.handle(.character("q")) == [.quit])
        #expect(state.handle(.control("l")) == [.redraw])
        #expect(state.handle(.control("z")) == [.stop] && state.handle(.control("c")) == [.quit])
        #expect(state.handle(.character("z")) == [.zero] && state.history.all.isEmpty)
        #expect(
            state.handle(.character("+")) == [.interval(3000)] && state.handle(.character("-")) == [.interval(2000)]
        )
        for _ in 0..<9 { _ = state.handle(.character("-")) }
        #expect(state.handle(.character("-")) == [.interval(250)])
        #expect(state.handle(.character("D")).isEmpty && state.handle(.character("d")) == [.depth(2)])
        #expect(state.handle(.character("a")) == [.naming(.name)])
        #expect(state.handle(.character("y")) == [.copy(Array("get".utf8))])
        #expect(state.handle(.character("m")).isEmpty && state.prompt == .monitor)
        #expect(state.handle(.character("n")).isEmpty && state.prompt == nil)
        #expect(type("my", &state) == [.monitor(true)])
        guard case .write(.commands, let lines) = state.handle(.character("w")).first else {
            Issue.record("nothing is written")
            return
        }
        #expect(lines.count == 5 && lines[1].hasPrefix("name\trate\tcount\tshare\tus_per_call"))
        #expect(lines[2].hasPrefix("get\t1000\t2000\t0.666\t2\t1.003\t7.007\t0"))
        #expect(state.handle(.enter) == [.events] && state.detail?.row.name == Array("get".utf8))
        #expect(state.handle(.character("y")) == [.copy(Array("get".utf8))])
        #expect(state.handle(.escape).isEmpty && state.detail == nil)
        #expect(
            state.handle(.character("h")).isEmpty && state.showsHelp && state.handle(.escape).isEmpty
                && !state.showsHelp
        )
    }

    @Test("end MONITOR without a question, and not where the source was chosen")
    func monitor() {
        var state = TopScene.state(TopScene.monitor(), columns: 80, rows: 24)
        #expect(state.handle(.character("m")) == [.monitor(false)])
        var fixed = TopState(columns: 80, rows: 24, canMonitor: false)
        #expect(fixed.handle(.character("m")).isEmpty && fixed.message == "the source was chosen at the start")
    }

    @Test("show sums that are greater than a number can be")
    func sums() {
        let channels = TopScene.stats(200, subscribers: 1 << 56).snapshot(at: TopScene.time).table(.channels)
        #expect(channels.rows.first?.cells.first == .number(Double(Int.max)))
    }

    @Test("are answered whatever comes, in any size")
    func noise() {
        var generator = Generator(state: 3)
        let keys: [Key] =
            "qh 1234567jkgGnNsSr/+-tzdDamwy?é".unicodeScalars.map { .character($0) } + [
                .enter, .tab, .backTab, .escape, .backspace, .up, .down, .pageUp, .pageDown, .home, .end, .wheelUp,
                .wheelDown, .click(row: 3, column: 20), .click(row: 900, column: 900), .control("u"), .delete,
            ]
        for figures in [TopScene.stats(3), TopScene.monitor()] {
            var state = TopScene.state(figures, columns: 80, rows: 24)
            for _ in 0..<1500 {
                _ = state.handle(keys[Int.random(in: 0..<keys.count, using: &generator)])
                if Int.random(in: 0..<10, using: &generator) == 0 {
                    state.resize(
                        columns: Int.random(in: 1...220, using: &generator),
                        rows: Int.random(in: 1...70, using: &generator)
                    )
                    state.take(figures.snapshot(at: TopScene.time))
                }
                let grid = TopView.draw(state, Glyphs(isASCII: Bool.random(using: &generator)))
                #expect(grid.columns == state.columns && grid.rows == state.rows)
                #expect(grid.lines.allSatisfy { !$0.unicodeScalars.contains("\u{1b}") })
            }
        }
    }
}
