import RwatchKit
import TestSupport
import Testing

@Suite("The words of the tour", .tags(.unit))
struct TourTextTests {
    @Test("are wrapped between words, and no line is wider than the terminal or 78 columns")
    func wrapping() {
        #expect(TourText(columns: 11).wrapped("one two three  four") == "one two\nthree four\n")
        #expect(TourText(columns: 3).wrapped("one longer") == "one\nlonger\n")
        let long = Array(repeating: "words", count: 40).joined(separator: " ")
        for line in TourText(columns: 200).wrapped(long).split(separator: "\n") { #expect(line.count <= 78) }
        #expect(TourText().wrapped("") == "\n")
    }

    @Test("are eight steps, each of which says what happens in two to four sentences and runs a command of rwatch")
    func steps() {
        let steps = TourStep.all(filesIn: "/folder")
        #expect(steps.count == 8)
        for step in steps {
            #expect((2...4).contains(step.text.matches(of: /\.( |$)/).count), "\(step.title)")
            let lines = step.acts.compactMap { act -> String? in
                switch act {
                case .start(let line), .startUnread(let line): line
                default: nil
                }
            }
            #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("rwatch ") && $0.count <= 100 })
            // Whatever is started is waited for.
            #expect(step.acts.count { $0 == .waitForEnd } == lines.count && step.acts.last == .waitForEnd)
        }
    }

    @Test("quote words as somebody types them")
    func typed() {
        #expect(TourAct.typed(["SET", "a b", ""]) == #"SET "a b" """#)
    }

    @Test("have styles where the terminal shows them, and none elsewhere")
    func styles() {
        let step = TourStep.all(filesIn: "/folder")[0]
        #expect(TourText(isColored: true).heading(step, 1, of: 8).contains("\u{1b}[1m1 of 8"))
        #expect(!TourText().heading(step, 1, of: 8).contains("\u{1b}"))
    }
}

@Suite("What the tour shows of a long output", .tags(.unit))
struct TourExcerptTests {
    private func excerpt(_ text: String, pieces: Int = 1) -> TourExcerpt {
        var excerpt = TourExcerpt()
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            excerpt.add(Array(bytes.prefix(pieces)))
            bytes = bytes.dropFirst(pieces)
        }
        return excerpt
    }

    @Test("is its notices, its beginning and end, and each drop between its neighbours", arguments: [1, 7, 10_000])
    func places(_ pieces: Int) {
        var lines = (0..<20).map { "line \($0)" }
        lines[9] = #"{"v":1,"kind":"drop","count":3}"#
        lines.insert("rwatch: dropped", at: 4)
        let shown = excerpt(lines.joined(separator: "\n") + "\n", pieces: pieces).shown
        #expect(
            shown == [
                "rwatch: dropped", "line 0", "line 1", "… 6 lines", "line 8", lines[10], "line 10", "… 8 lines",
                "line 19",
            ]
        )
    }

    @Test("is all of a short output, and nothing of a line that has not ended")
    func short() {
        #expect(excerpt("").shown == [])
        #expect(excerpt("a\n").shown == ["a"])
        #expect(excerpt("a\nb\nc\nd").shown == ["a", "b", "c"])
    }

    @Test("knows when the command has caught up")
    func caughtUp() {
        #expect(!excerpt("rwatch: the output is not read fast enough: events are being dropped\n").hasCaughtUp)
        #expect(excerpt("rwatch: the output is read again: 3 events were dropped (9 bytes)\n").hasCaughtUp)
        #expect(!excerpt("{\"payload\":\"the output is read again\"}\n").hasCaughtUp)
    }
}
