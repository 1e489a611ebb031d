import RwatchKit
import TestSupport
import Testing

/// What each expression shows of the recorded events. Of the lines the last two are cut off: they are shown wherever
/// what is left of them does not decide.
@Suite("Expressions of --where", .tags(.unit))
struct ExpressionTests {
    @Test(
        "over commands",
        arguments: [
            ("cmd = SET", [0, 3, 6, 8, 10, 11]), (#"cmd = "set""#, [0, 3, 6, 8, 10, 11]),
            ("cmd == set", [0, 3, 6, 8, 10, 11]), ("cmd != set", [1, 2, 4, 5, 7, 9, 10]),
            ("cmd in (SET, del)", [0, 2, 3, 6, 8, 10, 11]), ("cmd not in (SET, del)", [1, 4, 5, 7, 9, 10]),
            ("not cmd in (SET,DEL)", [1, 4, 5, 7, 9, 10]), (#"cmd ~ "h*""#, [9, 10]),
            (#"cmd ~ "*ET""#, [0, 1, 3, 6, 8, 9, 10, 11]), (#"cmd =~ "^S""#, [0, 3, 6, 8, 10, 11]),
            (#"cmd =~ "^s.t$""#, [0, 3, 6, 8, 10, 11]), ("not cmd = SET and db = 0", [1, 4, 7, 9, 10]),
            (#"key ~ "user:*""#, [0, 1, 2, 3, 4, 9, 10, 11]), ("key ~ user:*", [0, 1, 2, 3, 4, 9, 10, 11]),
            (#"key = "order:2""#, [2, 10, 11]), ("key = s2", [5, 10, 11]), (#"key = "0""#, [10, 11]),
            (#"key = "arg""#, [10, 11]), (#"key = "b""#, [4, 10, 11]), ("key in (b, s1)", [4, 5, 10, 11]),
            (#"key != "user:1""#, [1, 3, 4, 5, 6, 8, 10, 11]), (#"not key = "user:1""#, [1, 3, 4, 5, 6, 7, 8, 10, 11]),
            (#"key = "caf\xc3\xa9""#, [6, 10, 11]), (#"key = "café""#, [6, 10, 11]), ("key = café", [6, 10, 11]),
            (#"key =~ "^user:[0-9]$""#, [0, 1, 2, 3, 4, 9, 10, 11]), (#"key =~ "é""#, [6, 10, 11]),
            ("keys = 2", [2, 4, 5, 10, 11]), ("keys = 0", [7, 10, 11]), ("keys > 1", [2, 4, 5, 10, 11]),
            ("args[1] = v", [0, 10, 11]), ("args[1] = 42", [8, 10, 11]), ("args[1] = 42.0", [10, 11]),
            ("args[1] != v", [2, 3, 4, 5, 6, 8, 9, 10, 11]), ("args[1] > 41.5", [8, 10, 11]),
            ("args[1] <= 2.0", [4, 5, 10, 11]), ("args[1] >= 2e0", [4, 5, 8, 10, 11]), ("args[1] < -1", [10, 11]),
            ("args[999999999] = x", [10, 11]), (#"args[1] = "a\"b\\""#, [6, 10, 11]),
            (#"args[0] = 'user:2'"#, [1, 10, 11]), ("args = 0", [7, 10, 11]), ("args >= 5", [4, 5, 10, 11]),
            (#"client = "10.0.0.1:5000""#, [4, 9, 10, 11]), ("client = 10.0.0.0/8", [4, 5, 6, 8, 9, 10, 11]),
            ("client = 10.0.0.1", [4, 6, 9, 10, 11]), ("client != 10.0.0.0/8", [0, 1, 2, 3, 7, 10]),
            ("client = ::1", [1, 10]), (#"client = "[::1]:37706""#, [1, 10]), (#"client = "[::1]:37707""#, [10]),
            ("client in (127.0.0.1, 192.168.0.0/16)", [0, 7, 10]), ("client = unix:/run/r.sock", [2, 10]),
            (#"client ~ "10.0.*""#, [4, 6, 8, 9, 10, 11]), (#"client =~ ":500[01]$""#, [4, 6, 9, 10, 11]),
            ("db = 3", [2, 8, 10]), ("db in (0, 1)", [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11]), ("db != 0", [2, 5, 8, 10]),
            ("db < 1", [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]), ("lua", [3, 10]), ("lua = true", [3, 10]),
            ("not lua", [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]), ("lua = false", [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]),
            ("size > 99", [9]), ("size >= 107", [9]), ("size > 107", []), ("size > 1k", []),
            ("size = 7", [0, 3, 10, 11]),
            ("size = 9", [6, 10, 11]), ("size < 1kb", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            (#"cmd in (SET,DEL) and key ~ "user:*" and size > 1 and not client = "127.0.0.1:41690""#, [2, 3, 10, 11]),
            ("cmd = PING or db = 3", [2, 7, 8, 10]), ("(cmd = PING or cmd = GET) and not db = 0", [10]),
            ("not (cmd = SET or cmd = GET)", [2, 4, 5, 7, 9, 10]), ("not not lua", [3, 10]),
            ("cmd = SET or cmd = GET and db = 3", [0, 3, 6, 8, 10, 11]),
            ("(cmd = SET or cmd = GET) and db = 3", [8, 10]),
            ("kind = command", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), ("kind = message", []),
            ("node = x:1", []), ("NOT cmd = SET AND db IN (0)", [1, 4, 7, 9, 10]),
        ] as [(String, [Int])]
    )
    func commands(expression: String, shown: [Int]) throws {
        #expect(try Selection(expression).shown() == shown)
    }

    @Test(
        "over messages",
        arguments: [
            ("channel = orders", [0, 1, 6]), (#"channel ~ "*s""#, [0, 1, 4, 6]), (#"pattern = "cache.*""#, [2]),
            (#"pattern ~ "*""#, [2]), (#"pattern != "x""#, [2]), ("payload = hello", [2]), (#"payload = """#, [6]),
            (#"payload =~ "ell""#, [2]), (#"payload = "\xff\x00""#, [5]), ("kind = pmessage", [2]),
            ("kind in (message, smessage)", [0, 1, 3, 4, 5, 6]), ("size = 2", [5]), ("size = 0", [6]),
            ("json.user.id = 42", [0]), (#"json.user.id = "42""#, [1]), ("json.user.id = 42.0", [0]),
            ("json.user.id = 0.42e2", [0]), ("json.user.id != 42", [1, 3]), ("json.user.id in (41, 42)", [0]),
            ("json.user.id > 9007199254740992", [3]), ("json.user.id = 9007199254740992", []),
            ("json.user.id = 9007199254740993", [3]), ("json.none = null", [0]), ("json.none != null", []),
            ("json.missing = null", []), ("json.missing != null", []), ("not json.missing = 1", [0, 1, 2, 3, 4, 5, 6]),
            (#"json.user.name = "Zoë""#, [0]), ("json.items[1] = 2.5", [0]), (#"json["items"][2] = x"#, [0]),
            (#"json["user"].name ~ "Z*""#, [0]), ("json.items[3] = 1", []), ("json.ok = true", [0]),
            ("json.ok = false", []), (#"json.ok = "true""#, []), (#"json.user.id =~ "^42$""#, [0, 1]),
            ("not json.user.id = 42", [1, 2, 3, 4, 5, 6]), ("json.user = 42", []), ("json = 1", []),
        ] as [(String, [Int])]
    )
    func messages(expression: String, shown: [Int]) throws {
        #expect(try Selection(expression, of: .messages).shownMessages() == shown)
    }

    @Test(
        "over key events",
        arguments: [
            (#"key ~ "user:*""#, [0, 1]), ("event = del", [1]), ("event in (set, expired)", [0, 2]),
            ("db > 0", [1, 3]),
            (#"key = "k\xff""#, [3]), ("event != set and db = 0", [2]), ("kind = key", [0, 1, 2, 3]),
            (#"event =~ "^h?set""#, [0, 3]),
        ] as [(String, [Int])]
    )
    func keyEvents(expression: String, shown: [Int]) throws {
        #expect(try Selection(expression, of: .keyEvents).shownKeyEvents() == shown)
    }

    @Test(
        "a mistake has a place",
        arguments: [
            ("", 0, "a condition is missing here"), ("cmd =", 5, "a value is missing here"),
            ("cmd", 3, "'cmd' needs an operator: = != < <= > >= ~ =~ or in"),
            ("cmdd = SET", 0, "unknown field 'cmdd'; did you mean 'cmd'?"),
            ("cmd = SET and", 13, "a condition is missing here"),
            ("(cmd = SET", 0, "this '(' is not closed"), ("cmd = SET)", 9, "this ')' closes nothing"),
            ("cmd = SET db = 1", 10, "'and' or 'or' is missing before this"),
            ("(cmd = SET db = 1)", 11, "'and', 'or' or ')' is missing before this"),
            (#"key ~ "user"#, 6, "this quote is not closed"),
            ("size > big", 7, "this is not a size (examples: 512, 10k, 1mb)"),
            ("db = x", 5, "this is not a number"), ("db ~ 1", 3, "'~' compares texts, and this field is none"),
            ("cmd > x", 6, "'>' compares numbers, and this is none"), ("lua = 1", 6, "this is either true or false"),
            ("lua > 1", 4, "'>' compares numbers, and this field is true or false"),
            ("cmd in SET", 7, "'in' needs values in parentheses: in (a, b)"),
            ("cmd in ()", 8, "a value is missing here"),
            ("cmd in (a b)", 10, "',' or ')' is missing before this"),
            ("args[x] = 1", 5, "a position is missing here; the first is 0"),
            ("args[1 = 1", 7, "']' is missing here"), ("! lua", 0, "'!' stands in '!=' alone; write 'not'"),
            (#"key =~ "a(b""#, 9, "this '(' is not closed"),
            (#"key =~ "a\bc""#, 9, "this escape is unknown (known: \\d \\w \\s \\D \\W \\S \\n \\r \\t \\f \\xHH)"),
            (#"key = "a\q""#, 8, #"this escape is unknown (known: \\ \" \' \n \r \t \a \b \xHH)"#),
            ("= 1", 0, "a field is missing here"),
        ] as [(String, Int, String)]
    )
    func mistakes(expression: String, offset: Int, message: String) throws {
        let error = try #require(throws: ExpressionError.self) { try FilterExpression(expression, for: .commands) }
        #expect(error.offset == offset)
        #expect(error.message == message)
    }

    @Test("each stream has fields of its own")
    func fields() throws {
        for (stream, expression, words) in [
            (EventStreamKind.messages, "cmd = SET", "unknown field 'cmd'"),
            (.messages, "args[0] = 1", "unknown field 'args'"),
            (.commands, "json.a = 1", "unknown field 'json.a'"), (.keyEvents, "json.a = 1", "unknown field 'json.a'"),
            (.keyEvents, "size > 1", "unknown field 'size'"), (.messages, "json..a = 1", "a name is missing here"),
        ] {
            let error = try #require(throws: ExpressionError.self) { try FilterExpression(expression, for: stream) }
            #expect(error.message.hasPrefix(words))
        }
    }

    @Test("the caret is under the place, whatever the characters before it are")
    func caret() throws {
        let plain = try #require(throws: ExpressionError.self) { try FilterExpression("cmd = SET an", for: .commands) }
        #expect(plain.place == "  cmd = SET an\n            ^")
        let accented = try #require(throws: ExpressionError.self) {
            try FilterExpression("key = é\nx", for: .commands)
        }
        #expect(accented.place == "  key = é x\n          ^")
    }

    @Test("an expression is bounded in depth and length")
    func bounds() {
        let deep = String(repeating: "(", count: 10_000) + "lua" + String(repeating: ")", count: 10_000)
        #expect(throws: ExpressionError.self) { try FilterExpression(deep, for: .commands) }
        #expect(throws: ExpressionError.self) {
            try FilterExpression(String(repeating: "not ", count: 10_000) + "lua", for: .commands)
        }
        #expect(throws: ExpressionError.self) {
            try FilterExpression(String(repeating: " ", count: 70_000), for: .commands)
        }
        let wide = Array(repeating: "lua", count: 2_000).joined(separator: " or ")
        #expect(throws: Never.self) { try Selection(wide).shown() }
    }
}
