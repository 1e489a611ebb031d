import RedisEvents
import RwatchKit

/// The ways in which messages are taken. `Tools/cost/measure.py` knows which traffic each of them needs.
enum Scene: String, CaseIterable {
    case parseMessage = "parse-message"
    case parsePattern = "parse-pattern"
    case parseMonitor = "parse-monitor"
    case inline
    case inlinePattern = "inline-pattern"
    case inlineShard = "inline-shard"
    case handler
    case handlerShard = "handler-shard"
    case events
    case listen
    case monitorLines = "monitor-lines"
    case monitorCommands = "monitor-commands"
    case commandsOf64 = "commands-64"
    case commandsOf64OnLoop = "commands-64-on-loop"
    case batches
    case nearValue = "near-value"
    case nearSubscript = "near-subscript"
    case nearFunction = "near-function"
    case rwatchLine = "rwatch-sub-line"
    case rwatchRaw = "rwatch-sub-raw"
    case rwatchJSON = "rwatch-sub-json"
    case rwatchMonitorLine = "rwatch-monitor-line"
    case rwatchMonitorSelected = "rwatch-monitor-selected"
    case rwatchMonitorJSON = "rwatch-monitor-json"
    case rwatchMonitorPretty = "rwatch-monitor-pretty"
    case rwatchMonitorCSV = "rwatch-monitor-csv"
    case rwatchFormat = "rwatch-sub-format"

    func run(_ setting: Setting) async throws {
        switch self {
        case .parseMessage: try Parsing.run(setting, Parsing.message)
        case .parsePattern: try Parsing.run(setting, Parsing.pattern)
        case .parseMonitor: try Parsing.run(setting, Parsing.monitor)
        case .inline: try await Subscribing.inline(setting, .channel, setting.names)
        case .inlinePattern: try await Subscribing.inline(setting, .pattern, ["channel:*"])
        case .inlineShard: try await Subscribing.inline(setting, .shardChannel, setting.names)
        case .handler: try await Subscribing.handler(setting, .channel)
        case .handlerShard: try await Subscribing.handler(setting, .shardChannel)
        case .events: try await Subscribing.events(setting)
        case .listen: try await Subscribing.listen(setting)
        case .monitorLines: try await Monitoring.run(setting, .lines)
        case .monitorCommands: try await Monitoring.run(setting, .commands)
        case .commandsOf64: try await Commanding.tasks(setting, 64, on: nil)
        case .commandsOf64OnLoop: try await Commanding.tasks(setting, 64, on: RedisEventLoop())
        case .batches: try await Commanding.batches(setting)
        case .nearValue: try await Caching.value(setting)
        case .nearSubscript: try await Caching.subscripted(setting)
        case .nearFunction: try await Caching.function(setting)
        case .rwatchLine: await Printing.messages(setting, .line)
        case .rwatchRaw: await Printing.messages(setting, .verbatim)
        case .rwatchJSON: await Printing.messages(setting, .json)
        case .rwatchMonitorLine: await Printing.commands(setting, .line)
        case .rwatchMonitorSelected: await Printing.commands(setting, .line, Printing.allOfThem)
        case .rwatchMonitorJSON: await Printing.commands(setting, .json)
        case .rwatchMonitorPretty: await Printing.commands(setting, Printing.pretty)
        case .rwatchMonitorCSV: await Printing.commands(setting, .shaped(EventShape(.csv, time: .iso)))
        case .rwatchFormat: await Printing.messages(setting, try Printing.format)
        }
    }
}
