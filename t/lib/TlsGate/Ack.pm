# What httpd says of its state file, read independently of tlsgatectl.
package TlsGate::Ack;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter 'import';
use JSON::PP;
use TlsGate::Httpd;

our @EXPORT_OK = qw(records record acts_on);

# The names of all records beside a state file.
sub records { my ($state) = @_; return sort glob("$state.ack.*") }

# One record: its line, and the document that it holds as `text`. undef while it is being written.
sub record {
    my ($path) = @_;
    my $whole = TlsGate::Httpd::slurp($path);
    my $r = eval { JSON::PP->new->utf8->decode(substr($whole, 0, 2048)) } or return;
    return if $r->{looks} != $r->{end};
    my $d = $r->{document} or return $r;
    $r->{text} = substr($whole, $d->{offset}, $d->{length});
    return sha256_hex($r->{text}) eq $d->{sha256} ? $r : undef;
}

# Waits until the one record says that, and returns it: that it acts on the text, or a condition.
sub acts_on {
    my ($httpd, $state, %want) = @_;
    my $r;
    $httpd->wait_until(sub {
        my @paths = records($state);
        $r = @paths == 1 ? record($paths[0]) : undef;
        return $r && (!defined $want{text} || ($r->{text} // '') eq $want{text}) && $r->{condition} eq ($want{condition} // 'acts');
    });
    return $r;
}

1;
