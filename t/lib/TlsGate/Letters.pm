# Letters for tests: tlsgatectl letters with what it prints, and its mails as Python's modules mailbox and
# email read them.
package TlsGate::Letters;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;
use TlsGate::Ctl;
use TlsGate::Httpd;

our @EXPORT_OK = qw(letters mails);

# Runs it in the directory of a httpd and at its time.
sub letters { my ($httpd, @args) = @_; return TlsGate::Ctl::said_in($httpd, 'letters', @args) }

my $READER = <<'PYTHON';
import email, email.header, email.policy, email.utils, json, mailbox, sys

def decoded(text):
    return str(email.header.make_header(email.header.decode_header(text)))

def told(mail):
    strict = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    return {
        'line': mail.get_from(),
        'names': mail.keys(),
        'headers': {name.lower(): decoded(value) for name, value in mail.items()},
        'defects': [str(d) for d in strict.defects] + [str(d) for h in strict.values() for d in h.defects],
        'to': [a.addr_spec for a in strict['to'].addresses],
        'sender': [a.display_name for a in strict['from'].addresses],
        'date': email.utils.parsedate_to_datetime(mail['date']).isoformat(),
        'type': mail.get_content_type() + ' ' + str(mail.get_content_charset()),
        'body': mail.get_payload(decode=True).decode('utf-8'),
    }

print(json.dumps([told(mail) for mail in mailbox.mbox(sys.argv[1], create=False)]))
PYTHON

# The mails of an mbox, given as a text.
sub mails {
    my ($httpd, $mbox) = @_;
    my ($file, $reader) = ($httpd->write_file('mbox', $mbox), $httpd->write_file('reader.py', $READER));
    my $json = qx(python3 '$reader' '$file');
    $? == 0 or die 'the mbox cannot be read';
    return @{ JSON::PP->new->utf8->decode($json) };
}

1;
