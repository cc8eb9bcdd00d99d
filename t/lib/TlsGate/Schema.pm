# A JSON Schema, as far as those of docs/ go: whether a document fits, and where it does not.
package TlsGate::Schema;

use strict;
use warnings;

use JSON::PP;
use TlsGate::Httpd;

sub new {
    my ($class, $file) = @_;
    return bless { whole => JSON::PP->new->utf8->decode(TlsGate::Httpd::slurp($file)) }, $class;
}

my $VALUE = JSON::PP->new->allow_nonref->canonical;

# Each rule: its value, what is checked, all rules of that place, and how to check a part.
my %CHECK = (
    const => sub { my ($want, $v) = @_; return $VALUE->encode($want) eq $VALUE->encode($v) },
    enum  => sub { my ($want, $v) = @_; return !ref $v && grep { $_ eq ($v // '') } @$want },
    type  => sub { my ($want, $v) = @_; return scalar grep { $_ eq type_of($v) || ($_ eq 'integer' && type_of($v) eq 'number' && $v =~ /^-?\d+$/) } ref $want ? @$want : $want },
    required => sub { my ($want, $v) = @_; return ref $v ne 'HASH' || !grep { !exists $v->{$_} } @$want },
    additionalProperties => sub { my ($want, $v, $in) = @_; return ref $v ne 'HASH' || !grep { !$in->{properties}{$_} } keys %$v },
    properties => sub { my ($want, $v, $in, $fits) = @_; return ref $v ne 'HASH' || !grep { exists $v->{$_} && !$fits->($want->{$_}, $v->{$_}, $_) } keys %$want },
    items     => sub { my ($want, $v, $in, $fits) = @_; return ref $v ne 'ARRAY' || !grep { !$fits->($want, $v->[$_], $_) } 0 .. $#$v },
    maxItems  => sub { my ($want, $v) = @_; return ref $v ne 'ARRAY' || @$v <= $want },
    minLength => sub { my ($want, $v) = @_; return type_of($v) ne 'string' || length $v >= $want },
    maxLength => sub { my ($want, $v) = @_; return type_of($v) ne 'string' || length $v <= $want },
    minimum   => sub { my ($want, $v) = @_; return type_of($v) ne 'number' || $v >= $want },
    maximum   => sub { my ($want, $v) = @_; return type_of($v) ne 'number' || $v <= $want },
    pattern   => sub { my ($want, $v) = @_; $want =~ s/\\u([0-9a-f]{4})/\\x{$1}/g; return type_of($v) ne 'string' || $v =~ /${\ ($want =~ s|\$$|\\z|r)}/ },
    oneOf     => sub { my ($want, $v, $in, $fits) = @_; return 1 == grep { $fits->($_, $v, '') } @$want },
    map { $_ => sub { 1 } } qw($schema $defs title description),
);

sub type_of {
    my ($v) = @_;
    return 'null' unless defined $v;
    return ref $v eq 'HASH' ? 'object' : ref $v eq 'ARRAY' ? 'array' : JSON::PP::is_bool($v) ? 'boolean'
        : JSON::PP->new->allow_nonref->encode($v) =~ /^"/ ? 'string' : 'number';
}

# 1 if it fits. Otherwise `wrong` is where and by which rule, innermost first.
sub fits {
    my ($self, $v) = @_;
    $self->{wrong} = [];
    return $self->_fits($self->{whole}, $v, '');
}

sub wrong { my ($self) = @_; return join("\n", @{ $self->{wrong} }) }

sub _fits {
    my ($self, $rules, $v, $place) = @_;
    for (sort keys %$rules) {
        my $part = sub { my ($rule, $value, $name) = @_; return $self->_fits($rule, $value, "$place/$name") };
        my $check = $_ eq '$ref' ? sub { return $part->($self->{whole}{'$defs'}{ $_[0] =~ s{.*/}{}r } || die("$_[0]?\n"), $v, '') } : $CHECK{$_}
            or die "the schema uses $_, which this does not know\n";
        next if $check->($rules->{$_}, $v, $rules, $part);
        push @{ $self->{wrong} }, "$place: $_";
        return 0;
    }
    return 1;
}

1;
