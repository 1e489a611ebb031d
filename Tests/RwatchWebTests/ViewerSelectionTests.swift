import RedisRESP
import RwatchKit
import RwatchWeb
import TestSupport
import Testing

/// What a query selects.
@Suite("The selection of a query", .tags(.unit))
struct ViewerSelectionTests {
    private func selection(_ query: String) throws -> ViewerSelection {
        try ViewerSelection(try #require(FormFields(Array(query.utf8))))
    }

    private func mistake(_ query: String) throws -> ViewerSelection.Mistake {
        let fields = try #require(FormFields(Array(query.utf8)))
        return try #require(throws: ViewerSelection.Mistake.self) { try ViewerSelection(fields) }
    }

    /// The kinds of which something is shown.
    private func kinds(_ query: String) throws -> [String] {
        let selection = try selection(query)
        return [
            selection.commands == nil ? nil : "command", selection.messages == nil ? nil : "message",
            selection.keyEvents == nil ? nil : "key",
        ].compactMap { $0 }
    }

    @Test("a kind is shown if it can fulfil what is asked for")
    func kinds() throws {
        #expect(try kinds("token=x") == ["command", "message", "key"])
        #expect(try kinds("cmd=get") == ["command"] && kinds("client=10.0.0.1") == ["command"])
        #expect(try kinds("key=a*") == ["command", "key"])
        #expect(try kinds("channel=a*") == ["message"] && kinds("channel=a*&cmd=get") == [])
        #expect(try kinds("where=size+%3E+1k") == ["command", "message"])
        #expect(try kinds("where=channel+~+%22a*%22") == ["message"])
        #expect(try kinds("where=cmd+%3D+get") == ["command"])
        #expect(try kinds("kind=key&kind=message") == ["message", "key"])
    }

    @Test("the fields mean what the options mean")
    func fields() throws {
        let selection = try selection(
            "cmd=SET,+del&key=user:*&key=%FF*&not-key=tmp:*&min-size=10k&db=0,3&sample=1/10&include=a&exclude=b"
        )
        let commands = try #require(selection.commands)
        #expect(commands.commands == ["SET", "del"] && commands.keys == ["user:*", RedisBytes([0xff, 0x2a])])
        #expect(commands.excludedKeys == ["tmp:*"] && commands.minimumSize == 10_000)
        #expect(commands.databases == [0, 3] && commands.included.count == 1 && commands.excluded.count == 1)
        #expect(commands.sample == SampleRate("1/10") && selection.keyEvents == nil)
    }

    @Test("a mistake names its field and its place")
    func mistakes() throws {
        let expression = try mistake("where=size+%3E+")
        #expect(expression.field == "where" && expression.text == "size > " && expression.offset == 7)
        #expect(expression.words == "where: a value is missing here\n  size > \n         ^")
        #expect(try mistake("include=(").offset != nil)
        for query in [
            "nonsense=1", "cmd=,", "client=x", "min-size=many", "db=x", "db=-1", "sample=2/1", "kind=x",
            "where=a&where=b",
            "where=client.name+%3D+x", "include=%FF",
        ] {
            #expect(try !mistake(query).message.isEmpty, "\(query)")
        }
    }
}
