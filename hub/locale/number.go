package locale

import (
	"strconv"
	"strings"
)

// Number writes a whole number: "1500" and "10 000" in Hungarian, which does
// not group four digits, "1,500" and "10,000" in English.
func (p *Printer) Number(n int) string {
	digits, negative := strings.CutPrefix(strconv.Itoa(n), "-")
	if negative {
		return "−" + p.group(digits)
	}
	return p.group(digits)
}

// Money writes a decimal amount ("60000", "1234.50") of an ISO 4217 currency:
// "60 000 €", "€60,000". What is no such amount is shown as it came, because
// it may be somebody else's.
func (p *Printer) Money(amount, currency string) string {
	whole, fraction, _ := strings.Cut(amount, ".")
	if !isDigits(whole) || fraction != "" && !isDigits(fraction) {
		return strings.TrimSpace(amount + " " + currency)
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	number := p.group(whole)
	if strings.Trim(fraction, "0") != "" {
		number += p.decimalMark() + fraction
	}
	sign := p.currency(currency)
	switch {
	case sign == "":
		return number
	case p.lang == "hu":
		return number + nbsp + sign
	case sign == currency:
		return sign + nbsp + number
	}
	return sign + number
}

// currency is the sign that readers of the language know, else the code.
func (p *Printer) currency(code string) string {
	switch {
	case code == "EUR":
		return "€"
	case code == "HUF" && p.lang == "hu":
		return "Ft"
	case code == "GBP" && p.lang != "hu":
		return "£"
	}
	return code
}

func (p *Printer) decimalMark() string {
	if p.lang == "hu" {
		return ","
	}
	return "."
}

// group sets the thousands apart.
func (p *Printer) group(digits string) string {
	mark, least := ",", 4
	if p.lang == "hu" {
		mark, least = nbsp, 5
	}
	if len(digits) < least {
		return digits
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(mark)
		}
		b.WriteRune(d)
	}
	return b.String()
}

func isDigits(s string) bool {
	return s != "" && len(s) <= 30 && strings.Trim(s, "0123456789") == ""
}
