import Glibc
import RedisCore
import RedisRESP
import RwatchKit

/// What rwatch does, from the socket to standard output.
enum Printing {
    static func messages(_ setting: Setting, _ form: EventForm) async {
        let status = await WatchSubscriptions(channels: setting.names)
            .run(target(setting), form: form, settings: RunSettings(limits: WatchLimits(count: setting.messages)))
        exit(status.code)
    }

    static func commands(_ setting: Setting, _ form: EventForm, _ selection: Selection = Selection()) async {
        let status = await WatchMonitor.run(
            target(setting),
            form: form,
            guard: GuardSettings(limit: 0, exits: false),
            settings: RunSettings(limits: WatchLimits(count: setting.messages)),
            selection: selection
        )
        exit(status.code)
    }

    /// Selects by command and by key what the feeder sends, so that each line is looked at and printed.
    static var allOfThem: Selection {
        var selection = Selection()
        selection.commands = ["get", "set"]
        selection.keys = ["channel:*"]
        return selection
    }

    /// Columns for people, in colours.
    static var pretty: EventForm {
        var shape = EventShape(.pretty, time: .local)
        shape.isColored = true
        return .shaped(shape)
    }

    /// A format of usual fields.
    static var format: EventForm {
        get throws { .shaped(EventShape(.template(try EventTemplate("@H:%t %-20c %p", for: .messages)), time: .iso)) }
    }

    private static func target(_ setting: Setting) -> Target { Target(.servers([setting.configuration])) }
}
