/// Pictures in SVG, as they stand within a page. Their colours are classes of the page.
enum SVGChart {
    private static let width = 880
    private static let height = 180
    private static let bottom = 20
    private static let top = 14

    /// Events over time, with what went wrong below them.
    static func timeLine(_ line: TimeLine, _ incidents: IncidentLog, to out: inout OutputBuffer) {
        let seconds = Double(line.cell) / 1_000_000
        let most = line.counts.max() ?? 0
        let rate = StatReport.rate(Double(most) / seconds)
        begin("Events over time, at most \(rate) a second", to: &out)
        guard most > 0 else { return end(&out) }
        let count = Double(line.counts.count)
        let room = Double(height - bottom - top)
        var path = "M0 \(height - bottom)"
        for (index, value) in line.counts.enumerated() {
            let y = decimal(Double(height - bottom) - room * Double(value) / Double(most))
            path += "L\(decimal(Double(index) * Double(width) / count)) \(y)"
            path += "L\(decimal(Double(index + 1) * Double(width) / count)) \(y)"
        }
        path += "L\(width) \(height - bottom)Z"
        out.append(Array("<path class=\"fill\" d=\"\(path)\"/>\n".utf8))
        let span = Double(line.cell) * count
        for incident in incidents.kept {
            guard let until = incident.until else { continue }
            let start = Double((incident.from ?? until) &- line.start) / span * Double(width)
            let end = Double(until &- line.start) / span * Double(width)
            guard end >= 0, start <= Double(width) else { continue }
            let (left, right) = (max(start, 0), min(end, Double(width)))
            out.append(
                Array(
                    "<rect class=\"alarm\" x=\"\(decimal(left))\" y=\"\(height - bottom)\" width=\"\(decimal(max(right - left, 2)))\" height=\"4\"><title>"
                        .utf8
                )
            )
            out.append(html: "\(incident.kind.rawValue) \(StatReport.words(incident))")
            out.append(literal: "</title></rect>\n")
        }
        axis(to: &out)
        text("\(rate)/s", x: 0, y: top - 3, anchor: "start", to: &out)
        text("0 s", x: 0, y: height - 4, anchor: "start", to: &out)
        text(Notices.seconds(.microseconds(Int64(span))), x: width, y: height - 4, anchor: "end", to: &out)
        end(&out)
    }

    /// How many there are of each size: a bar each.
    static func histogram(_ bars: [(name: String, count: Int)], _ title: String, to out: inout OutputBuffer) {
        begin(title, to: &out)
        guard let most = bars.map(\.count).max(), most > 0 else { return end(&out) }
        let step = Double(width) / Double(bars.count)
        let room = Double(height - bottom - top)
        // Names stand below as many bars as there is room for.
        let every = max(1, Int((56 / step).rounded(.up)))
        for (index, bar) in bars.enumerated() {
            let height = max(room * Double(bar.count) / Double(most), bar.count > 0 ? 1 : 0)
            let x = Double(index) * step
            out.append(
                Array(
                    "<rect class=\"fill\" x=\"\(decimal(x + 1))\" y=\"\(decimal(Double(Self.height - bottom) - height))\" width=\"\(decimal(max(step - 2, 1)))\" height=\"\(decimal(height))\"><title>"
                        .utf8
                )
            )
            out.append(html: "\(bar.name): \(bar.count)")
            out.append(literal: "</title></rect>\n")
            if index % every == 0 { text(bar.name, x: Int(x), y: Self.height - 4, anchor: "start", to: &out) }
        }
        axis(to: &out)
        text("\(most)", x: 0, y: top - 3, anchor: "start", to: &out)
        end(&out)
    }

    /// A share of one as a bar in a line of text.
    static func bar(_ share: Double, to out: inout OutputBuffer) {
        let width = decimal(min(max(share, 0), 1) * 64)
        out.append(
            Array(
                "<svg class=\"bar\" viewBox=\"0 0 64 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"back\" width=\"64\" height=\"10\"/><rect class=\"fill\" width=\"\(width)\" height=\"10\"/></svg>"
                    .utf8
            )
        )
    }

    private static func begin(_ title: String, to out: inout OutputBuffer) {
        out.append(Array("<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\"><title>".utf8))
        out.append(html: title)
        out.append(literal: "</title>\n")
    }

    private static func end(_ out: inout OutputBuffer) { out.append(literal: "</svg>\n") }

    private static func axis(to out: inout OutputBuffer) {
        let y = height - bottom
        out.append(Array("<line class=\"axis\" x1=\"0\" y1=\"\(y)\" x2=\"\(width)\" y2=\"\(y)\"/>\n".utf8))
    }

    private static func text(_ text: String, x: Int, y: Int, anchor: String, to out: inout OutputBuffer) {
        out.append(Array("<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\">".utf8))
        out.append(html: text)
        out.append(literal: "</text>\n")
    }

    private static func decimal(_ value: Double) -> String { DecimalFraction.text(value, decimals: 1) }
}
